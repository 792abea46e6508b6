/**
 * Rows of a list that is asked for again and again: they change in place and keep their order. What is new waits until
 * it is asked for, so that nothing moves under the cursor.
 */
import { useState } from "react";
import type { ListQuery } from "./ListPage";

interface Identified {
  id: string;
}

/** The rows that are shown, as they are now, and how many others there are. */
export function steadyRows<Row extends Identified>(
  shown: Row[],
  fresh: Row[],
): { rows: Row[]; newCount: number } {
  const byId = new Map(fresh.map((row) => [row.id, row]));
  const known = new Set(shown.map((row) => row.id));
  return {
    rows: shown.map((row) => byId.get(row.id) ?? row),
    newCount: fresh.filter((row) => !known.has(row.id)).length,
  };
}

/** What is asked again and again with the same `search`; another filter or page is another list. */
export function useSteadyRows<Row extends Identified>(search: object, query: ListQuery<Row>) {
  const list = JSON.stringify(search);
  const fresh = query.data?.items ?? [];
  const [held, setHeld] = useState<{ list: string; fresh: Row[]; rows: Row[] } | null>(null);
  const isSame = held?.list === list && held.rows.length > 0;
  const { rows, newCount } = isSame ? steadyRows(held.rows, fresh) : { rows: fresh, newCount: 0 };
  if (!query.isPlaceholderData && fresh.length > 0 && (held?.list !== list || held.fresh !== fresh)) {
    setHeld({ list, fresh, rows });
  }
  return {
    rows,
    newCount,
    showNew: () => setHeld({ list, fresh, rows: fresh }),
    query: {
      ...query,
      data: query.data && { ...query.data, items: rows },
      // Looking again every few seconds is not worth a moving bar.
      isFetching: query.isPlaceholderData,
    },
  };
}
