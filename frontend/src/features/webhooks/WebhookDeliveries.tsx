/** Events sent to a webhook, newest first. */
import { UnstyledButton } from "@mantine/core";
import {
  DataTable,
  EmptyState,
  ErrorState,
  Moment,
  Panel,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePages } from "@/lists/usePages";
import { webhookDeliveriesQuery, type WebhookDelivery } from "./api";
import { DeliverySheet } from "./DeliverySheet";
import { webhookMessages } from "./messages";

const text = webhookMessages.deliveries;

const TONES: Record<string, StatusTone> = {
  pending: "neutral",
  sending: "running",
  retrying: "warning",
  delivered: "success",
  succeeded: "success",
  failed: "failed",
  exhausted: "failed",
};

const columnsFor = (show: (id: string) => void): Column<WebhookDelivery>[] => [
  {
    key: "event",
    header: text.event,
    cell: (one) => (
      <UnstyledButton className="or-mono or-whole or-link" onClick={() => show(one.id)}>
        {one.event_type}
      </UnstyledButton>
    ),
  },
  {
    key: "state",
    header: text.state,
    cell: (one) => <DeliveryState state={one.state} />,
  },
  {
    key: "status",
    header: text.status,
    isNumber: true,
    cell: (one) => one.last_status ?? (one.attempts > 0 ? text.noAnswer : ""),
  },
  { key: "attempts", header: text.attempts, isNumber: true, cell: (one) => text.attempt(one.attempts) },
  { key: "created", header: text.created, cell: (one) => <Moment at={one.created_at} /> },
  {
    key: "next",
    header: text.next,
    cell: (one) => (one.finished_at === null ? <Moment at={one.next_attempt_at} /> : ""),
  },
  {
    key: "finished",
    header: text.finished,
    cell: (one) => (one.finished_at === null ? "" : <Moment at={one.finished_at} />),
  },
];

export function DeliveryState({ state }: { state: string }) {
  return <StatusBadge tone={TONES[state] ?? "neutral"}>{text.stateName(state)}</StatusBadge>;
}

export function WebhookDeliveries({ webhookId }: { webhookId: string }) {
  const pages = usePages();
  const [shown, setShown] = useState<string | null>(null);
  const query = useQuery(webhookDeliveriesQuery(webhookId, pages.cursor));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  return (
    <Panel title={text.title}>
      <DataTable
        label={text.title}
        columns={columnsFor(setShown)}
        rows={query.data?.items}
        rowKey={(one) => one.id}
        isFetching={query.isPlaceholderData}
        paging={{ ...pages, nextCursor: query.data?.next_cursor }}
      />
      <DeliverySheet webhookId={webhookId} deliveryId={shown} onClose={() => setShown(null)} />
    </Panel>
  );
}
