/** The list of webhooks. */
import {
  AppLink,
  CodeList,
  EmptyState,
  LinkButton,
  Moment,
  PageHeader,
  StatusBadge,
  type Column,
} from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListPage } from "@/lists/ListPage";
import { useListSearch } from "@/lists/useListSearch";
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
  return (
    <>
      <PageHeader title={text.title} description={text.description} actions={create} />
      <ListPage
        query={query}
        columns={columns}
        label={text.title}
        rowKey={(one) => one.id}
        isFiltered={false}
        onClear={list.clear}
        firstUse={
          <EmptyState title={text.firstUseTitle} action={create}>
            {text.firstUse}
          </EmptyState>
        }
        paging={list.paging}
      />
    </>
  );
}
