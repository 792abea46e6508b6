/** The list of destinations. */
import { AppLink, LinkButton, Moment, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { destinationsQuery, type Destination } from "./api";
import { destinationMessages as text } from "./messages";

const route = getRouteApi("/_app/destinations/");
const setting = (one: Destination, name: string) => String(one.settings[name] ?? "");

const columns: Column<Destination>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/destinations/$destinationId" params={{ destinationId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "kind", header: text.columns.kind, cell: (one) => text.kindName(one.kind) },
  {
    key: "host",
    header: text.columns.host,
    cell: (one) => <span className="or-mono or-whole">{setting(one, "host")}</span>,
  },
  {
    key: "folder",
    header: text.columns.folder,
    cell: (one) => <span className="or-mono">{setting(one, "folder") || "."}</span>,
  },
  {
    key: "user",
    header: text.columns.user,
    cell: (one) => <span className="or-mono">{setting(one, "username")}</span>,
  },
  { key: "created", header: text.columns.created, cell: (one) => <Moment at={one.created_at} /> },
];

export function DestinationList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(destinationsQuery(search));
  const create = useMay("destinations:write") && (
    <LinkButton to="/destinations/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return <ListScreen text={text} list={list} query={query} columns={columns} create={create} />;
}
