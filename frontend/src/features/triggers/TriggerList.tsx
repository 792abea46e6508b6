/** The triggers of the tenant. */
import { AppLink, LinkButton, Moment, StatusBadge, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { triggersQuery, type Trigger } from "./api";
import { triggerMessages as text } from "./messages";

const route = getRouteApi("/_app/triggers/");

export function TriggerState({ trigger }: { trigger: Trigger }) {
  if (trigger.is_paused) return <StatusBadge tone="off">{text.paused}</StatusBadge>;
  if (trigger.last_error) return <StatusBadge tone="failed">{text.failing}</StatusBadge>;
  return <StatusBadge tone="success">{text.active}</StatusBadge>;
}

const columns: Column<Trigger>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/triggers/$triggerId" params={{ triggerId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "kind", header: text.columns.kind, cell: (one) => text.kindName(one.kind) },
  { key: "watches", header: text.columns.watches, cell: (one) => one.watched_name ?? text.none },
  {
    key: "report",
    header: text.columns.report,
    cell: (one) => (
      <AppLink to="/reports/$reportId" params={{ reportId: one.report_id }}>
        {one.report_name}
      </AppLink>
    ),
  },
  {
    key: "last",
    header: text.columns.lastStart,
    cell: (one) => (one.last_started_at ? <Moment at={one.last_started_at} /> : text.never),
  },
  { key: "state", header: text.columns.state, cell: (one) => <TriggerState trigger={one} /> },
];

export function TriggerList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(triggersQuery(search));
  const create = useMay("schedules:write") && (
    <LinkButton to="/triggers/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  return <ListScreen text={text} list={list} query={query} columns={columns} create={create} />;
}
