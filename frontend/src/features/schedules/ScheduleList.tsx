/** The schedules of the tenant. */
import { AppLink, LinkButton, Moment, StatusBadge, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { schedulesQuery, type Schedule } from "./api";
import { scheduleMessages as text } from "./messages";

const route = getRouteApi("/_app/schedules/");

export const cadenceText = ({ definition, cadence_in_words }: Schedule) =>
  definition.cadence.kind === "cron"
    ? `${cadence_in_words} (${definition.cadence.expression})`
    : cadence_in_words;

const columns: Column<Schedule>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/schedules/$scheduleId" params={{ scheduleId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  {
    key: "report",
    header: text.columns.report,
    cell: (one) => (
      <AppLink to="/reports/$reportId" params={{ reportId: one.report_id }}>
        {one.report_name}
      </AppLink>
    ),
  },
  { key: "cadence", header: text.columns.cadence, cell: cadenceText },
  {
    key: "calendar",
    header: text.columns.calendar,
    cell: (one) => one.definition.calendar ?? text.noCalendar,
  },
  { key: "zone", header: text.columns.zone, cell: (one) => one.definition.zone },
  {
    key: "next",
    header: text.columns.next,
    cell: (one) => (one.next_fire_at ? <Moment at={one.next_fire_at} /> : text.none),
  },
  {
    key: "state",
    header: text.columns.state,
    cell: (one) => (
      <StatusBadge tone={one.is_paused ? "off" : "success"}>
        {one.is_paused ? text.paused : text.active}
      </StatusBadge>
    ),
  },
];

export function ScheduleList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(schedulesQuery(search));
  const create = useMay("schedules:write") && (
    <LinkButton to="/schedules/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return <ListScreen text={text} list={list} query={query} columns={columns} create={create} />;
}
