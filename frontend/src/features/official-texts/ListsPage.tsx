/** The lists of official texts that were imported, newest first. */
import { AppLink, FilterBar, formatNumber, LinkButton, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { packsQuery } from "@/features/reports/api";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { officialListsQuery, type OfficialList } from "./api";
import { officialMessages as text } from "./messages";

const route = getRouteApi("/_app/official-texts/");

const columns: Column<OfficialList>[] = [
  {
    key: "title",
    header: text.columns.title,
    cell: (one) => (
      <AppLink to="/official-texts/$listId" params={{ listId: one.id }}>
        {one.title}
      </AppLink>
    ),
  },
  { key: "number", header: text.columns.number, isNumber: true, cell: (one) => one.number },
  {
    key: "regime",
    header: text.columns.regime,
    cell: (one) => <span className="or-mono">{one.pack_id}</span>,
  },
  {
    key: "texts",
    header: text.columns.texts,
    isNumber: true,
    cell: (one) => formatNumber(one.text_count),
  },
  {
    key: "paired",
    header: text.columns.paired,
    isNumber: true,
    cell: (one) => formatNumber(one.paired),
  },
  {
    key: "changes",
    header: text.columns.changes,
    cell: (one) => text.counts(one.added, one.changed, one.withdrawn),
  },
  { key: "file", header: text.columns.file, cell: (one) => one.file_name },
  { key: "imported", header: text.columns.imported, cell: (one) => <TimeAgo at={one.imported_at} /> },
];

export function ListsPage() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(officialListsQuery(search));
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const mayWrite = useMay("rules:write");
  const bring = mayWrite && <LinkButton to="/official-texts/import">{text.bring}</LinkButton>;
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={bring}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <ChoiceFilter
          label={text.anyRegime}
          choices={packs.map((one) => ({ value: one.id, label: one.title }))}
          value={search.pack_id}
          onChange={(pack_id) => list.setFilter({ pack_id })}
        />
      </FilterBar>
    </ListScreen>
  );
}
