/** Jobs that send a webhook's deliveries again, how far each is, and the beginning of one. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import {
  AppLink,
  DataTable,
  EmptyState,
  ErrorState,
  Moment,
  Panel,
  showDone,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { usePages } from "@/lists/usePages";
import {
  cancelRecovery,
  recoveriesQuery,
  recoveryQuery,
  webhookKeys,
  webhookQuery,
  type WebhookRecovery,
} from "./api";
import { webhookMessages } from "./messages";
import { hoursAgo } from "./moments";
import { RecoverDialog, type RecoveryPlan } from "./RecoverDialog";
import { progressOf } from "./recoveryProgress";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId/recoveries");
const text = webhookMessages.recover;
const FIRST_OFFER_HOURS = 24;

const TONES: Record<WebhookRecovery["state"], StatusTone> = {
  running: "running",
  completed: "success",
  cancelled: "off",
};

export function WebhookRecoveries() {
  const { webhookId } = route.useParams();
  const [plan, setPlan] = useState<RecoveryPlan | null>(null);
  const mayWrite = useMay("webhooks:write");
  const webhook = useQuery(webhookQuery(webhookId)).data;
  const pages = usePages();
  const query = useQuery(recoveriesQuery(webhookId, pages.cursor));
  const begin = mayWrite && webhook?.is_active && (
    <Button onClick={() => setPlan({ kind: "recover", since: hoursAgo(FIRST_OFFER_HOURS), filters: {} })}>
      {text.action}
    </Button>
  );
  const columns: Column<WebhookRecovery>[] = [
    { key: "kind", header: text.kind, cell: (one) => text.kindName[one.kind] },
    {
      key: "range",
      header: text.range,
      cell: (one) => (
        <span>
          <Moment at={one.since} /> – <Moment at={one.until} />
        </span>
      ),
    },
    {
      key: "state",
      header: text.state,
      cell: (one) => <StatusBadge tone={TONES[one.state]}>{text.stateName[one.state]}</StatusBadge>,
    },
    {
      key: "progress",
      header: text.progress,
      cell: (one) => <Done webhookId={webhookId} recovery={one} />,
    },
    { key: "reason", header: text.reason, cell: (one) => one.reason },
    {
      key: "cancel",
      header: text.cancel,
      cell: (one) =>
        mayWrite && one.state === "running" && <Cancel webhookId={webhookId} recoveryId={one.id} />,
    },
  ];
  return (
    <>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 ? (
        <EmptyState title={text.none} action={begin}>
          {text.noneText}
        </EmptyState>
      ) : (
        <Panel title={text.jobs}>
          <Stack gap="sm">
            <Group>{begin}</Group>
            <DataTable
              label={text.jobs}
              columns={columns}
              rows={query.data?.items}
              rowKey={(one) => one.id}
              isFetching={query.isPlaceholderData}
              paging={{ ...pages, nextCursor: query.data?.next_cursor }}
            />
          </Stack>
        </Panel>
      )}
      <RecoverDialog webhookId={webhookId} plan={plan} onClose={() => setPlan(null)} />
    </>
  );
}

/** How many are in the line or sent, and what became of them. */
function Done({ webhookId, recovery }: { webhookId: string; recovery: WebhookRecovery }) {
  const detail = useQuery(recoveryQuery(webhookId, recovery.id)).data;
  const { percent, words } = progressOf(recovery);
  return (
    <Stack gap={2} miw={160}>
      <Progress value={percent} aria-label={words} />
      <Text size="xs">{words}</Text>
      {detail && detail.done > 0 && (
        <AppLink
          to="/webhook-endpoints/$webhookId/deliveries"
          params={{ webhookId }}
          search={{ recovery_id: recovery.id }}
          size="xs"
        >
          {text.outcome(detail)}
        </AppLink>
      )}
    </Stack>
  );
}

function Cancel({ webhookId, recoveryId }: { webhookId: string; recoveryId: string }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelRecovery(webhookId, recoveryId),
    onSuccess: () => showDone(text.cancelled),
    onSettled: () => queries.invalidateQueries({ queryKey: webhookKeys.one(webhookId) }),
  });
  return (
    <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {text.cancel}
    </Button>
  );
}
