/** The calendars of the tenant. */
import { AppLink, LinkButton, Moment, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { calendarsQuery, type Calendar } from "./api";
import { calendarMessages as text } from "./messages";

const route = getRouteApi("/_app/calendars/");

const columns: Column<Calendar>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/calendars/$calendarId" params={{ calendarId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "title", header: text.columns.title, cell: (one) => one.title },
  {
    key: "based",
    header: text.columns.basedOn,
    cell: (one) => one.definition.based_on ?? text.nothing,
  },
  {
    key: "own",
    header: text.columns.own,
    cell: ({ definition }) => text.ownDays(definition.added?.length ?? 0, definition.removed?.length ?? 0),
  },
  { key: "version", header: text.columns.version, isNumber: true, cell: (one) => one.version },
  { key: "changed", header: text.columns.changed, cell: (one) => <Moment at={one.updated_at} /> },
];

export function CalendarList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(calendarsQuery(search));
  const create = useMay("calendars:write") && (
    <LinkButton to="/calendars/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return <ListScreen text={text} list={list} query={query} columns={columns} create={create} />;
}
