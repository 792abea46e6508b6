/** The list of connectors. */
import { AppLink, FilterBar, LinkButton, Moment, SearchFilter, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { connectorsQuery, type Connector } from "./api";
import { LastTest } from "./LastTest";
import { connectorMessages as text } from "./messages";

const route = getRouteApi("/_app/connectors/");

const columns: Column<Connector>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/connectors/$connectorId" params={{ connectorId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "kind", header: text.columns.kind, cell: (one) => text.kindName(one.kind) },
  {
    key: "host",
    header: text.columns.host,
    cell: (one) => <span className="or-mono or-whole">{hostOf(one)}</span>,
  },
  {
    key: "database",
    header: text.columns.database,
    cell: (one) => <span className="or-mono">{String(one.settings["database"] ?? "")}</span>,
  },
  {
    key: "used",
    header: text.columns.usedBy,
    cell: (one) => (
      <span title={one.used_by.map((use) => use.name).join(", ")}>
        {one.used_by.length > 0 ? text.usedBy(one.used_by.length) : text.unused}
      </span>
    ),
  },
  { key: "tested", header: text.columns.tested, cell: (one) => <LastTest connector={one} /> },
  { key: "changed", header: text.columns.changed, cell: (one) => <Moment at={one.updated_at} /> },
];

export function hostOf({ settings }: Connector): string {
  if (settings["naming"] === "tns_alias") return String(settings["database"]);
  const port = settings["port"];
  return port === undefined ? String(settings["host"] ?? "") : `${String(settings["host"])}:${String(port)}`;
}

export function ConnectorList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(connectorsQuery(search));
  const create = useMay("connectors:write") && (
    <LinkButton to="/connectors/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={create}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
      </FilterBar>
    </ListScreen>
  );
}
