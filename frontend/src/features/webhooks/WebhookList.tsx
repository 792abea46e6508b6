/** The list of webhooks. */
import { AppLink, CodeList, LinkButton, Moment, StatusBadge, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { catalogueMessages } from "./catalogueMessages";
import { webhooksQuery, type Webhook } from "./api";
import { webhookMessages as text } from "./messages";

const route = getRouteApi("/_app/webhook-endpoints/");

const columns: Column<Webhook>[] = [
  {
    key: "url",
    header: text.columns.url,
    cell: (one) => (
      <AppLink to="/webhook-endpoints/$webhookId" params={{ webhookId: one.id }}>
        {one.url}
      </AppLink>
    ),
  },
  {
    key: "events",
    header: text.columns.events,
    cell: (one) => <CodeList words={one.event_types} />,
  },
  { key: "state", header: text.columns.state, cell: (one) => <WebhookState webhook={one} /> },
  { key: "created", header: text.columns.created, cell: (one) => <Moment at={one.created_at} /> },
];

export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (webhook.is_active) return <StatusBadge tone="success">{text.active}</StatusBadge>;
  return (
    <StatusBadge tone="off">
      {webhook.disabled_reason ? text.disabledBecause(webhook.disabled_reason) : text.disabled}
    </StatusBadge>
  );
}

export function WebhookList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(webhooksQuery(search));
  const create = useMay("webhooks:write") && (
    <LinkButton to="/webhook-endpoints/new" leftSection={<IconPlus size={14} aria-hidden />}>
      {text.create}
    </LinkButton>
  );
  const catalogue = (
    <LinkButton to="/webhook-endpoints/events" search={{}} variant="default">
      {catalogueMessages.title}
    </LinkButton>
  );
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={create} actions={catalogue} />
  );
}
