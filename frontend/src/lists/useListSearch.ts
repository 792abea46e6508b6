/**
 * Filters, sort and cursor of a list, kept in the URL.
 *
 * A changed filter or sort starts again at the first page. The way back through the pages stands in the history entry,
 * so it survives a reload; a copied link has none and offers the first page.
 */
import type { Paging, Sorting } from "@openreg/ui";
import { useRouterState } from "@tanstack/react-router";

export interface ListSearch {
  cursor?: string | undefined;
  sort?: string | undefined;
}

interface Change<S> {
  search: (previous: S) => S;
  replace?: boolean;
  state?: (previous: object) => object;
}

export function useListSearch<S extends ListSearch>(search: S, navigate: (change: Change<S>) => unknown) {
  const trail = useRouterState({ select: (state) => state.location.state.trail });

  function setFilter(changes: Partial<S>) {
    void navigate({ search: (previous) => ({ ...previous, ...changes, cursor: undefined }), replace: true });
  }

  function clear() {
    void navigate({ search: (previous) => ({ sort: previous.sort }) as S, replace: true });
  }

  function goTo(cursor: string | undefined, nextTrail: (string | null)[]) {
    void navigate({
      search: (previous) => ({ ...previous, cursor }),
      state: (previous) => ({ ...previous, trail: nextTrail }),
    });
  }

  const isFiltered = Object.entries(search).some(
    ([name, value]) => name !== "cursor" && name !== "sort" && value !== undefined,
  );
  const sorting: Sorting = { sort: search.sort, onSort: (sort) => setFilter({ sort } as Partial<S>) };
  const paging: Omit<Paging, "nextCursor"> = {
    cursor: search.cursor,
    onFirst: () => goTo(undefined, []),
    onNext: (cursor) => goTo(cursor, [...(trail ?? []), search.cursor ?? null]),
    ...(trail?.length ? { onPrevious: () => goTo(trail.at(-1) ?? undefined, trail.slice(0, -1)) } : {}),
  };
  return { setFilter, clear, isFiltered, sorting, paging };
}
