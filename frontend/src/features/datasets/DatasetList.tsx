/** The lists of datasets and of mapping sets. */
import {
  AppLink,
  BusinessDate,
  FilterBar,
  formatNumber,
  LinkButton,
  SearchFilter,
  StatusBadge,
  TimeAgo,
  type Column,
} from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { datasetsQuery, type Dataset, type Noun } from "./api";
import { datasetMessages as text } from "./messages";
import { OfficialLists } from "./OfficialLists";

const routes = {
  datasets: getRouteApi("/_app/datasets/"),
  "mapping-sets": getRouteApi("/_app/mapping-sets/"),
};

export function DatasetList({ noun }: { noun: Noun }) {
  const route = routes[noun];
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(datasetsQuery(noun, search));
  const words = text.of(noun);
  const mayWrite = useMay(noun === "datasets" ? "datasets:write" : "mapping_sets:write");
  const create = mayWrite && (
    <LinkButton to={`/${noun}/new`} leftSection={<IconPlus size={14} aria-hidden />}>
      {words.create}
    </LinkButton>
  );
  return (
    <>
      <ListScreen text={words} list={list} query={query} columns={columnsOf(noun)} create={create}>
        <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
          <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        </FilterBar>
      </ListScreen>
      {noun === "datasets" && <OfficialLists />}
    </>
  );
}

function columnsOf(noun: Noun): Column<Dataset>[] {
  return [
    {
      key: "name",
      header: text.columns.name,
      cell: (one) =>
        noun === "datasets" ? (
          <AppLink to="/datasets/$datasetId" params={{ datasetId: one.id }}>
            {one.name}
          </AppLink>
        ) : (
          <AppLink to="/mapping-sets/$datasetId" params={{ datasetId: one.id }}>
            {one.name}
          </AppLink>
        ),
    },
    { key: "title", header: text.columns.title, cell: (one) => one.title },
    {
      key: "entries",
      header: text.columns.entries,
      isNumber: true,
      cell: (one) => formatNumber(one.entries),
    },
    {
      key: "version",
      header: text.columns.version,
      isNumber: true,
      cell: (one) => (one.version === 0 ? "" : one.version),
    },
    { key: "loaded", header: text.columns.loaded, cell: (one) => <TimeAgo at={one.as_at} /> },
    {
      key: "until",
      header: text.columns.until,
      cell: (one) => one.fresh_until && <BusinessDate date={one.fresh_until.slice(0, 10)} />,
    },
    { key: "state", header: text.columns.state, cell: (one) => <Freshness dataset={one} /> },
  ];
}

export function Freshness({ dataset }: { dataset: Pick<Dataset, "version" | "is_stale"> }) {
  if (dataset.version === 0) return <StatusBadge tone="off">{text.empty}</StatusBadge>;
  if (dataset.is_stale) return <StatusBadge tone="warning">{text.stale}</StatusBadge>;
  return <StatusBadge tone="success">{text.fresh}</StatusBadge>;
}
