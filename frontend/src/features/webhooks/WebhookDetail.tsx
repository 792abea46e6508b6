/** One webhook and what was sent to it. */
import { Button, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CodeList,
  ConfirmDialog,
  CopyId,
  CurlButton,
  Fact,
  Facts,
  ErrorState,
  Moment,
  PageHeader,
  showDone,
} from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { disableWebhook, webhookKeys, webhookQuery, type Webhook } from "./api";
import { webhookMessages as text } from "./messages";
import { WebhookDeliveries } from "./WebhookDeliveries";
import { WebhookState } from "./WebhookList";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId");

export function WebhookDetail() {
  const { webhookId } = route.useParams();
  const query = useQuery(webhookQuery(webhookId));
  const mayWrite = useMay("webhooks:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const webhook = query.data;
  if (!webhook) return <Skeleton height={220} />;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/webhook-endpoints" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={webhook.url}
          meta={
            <>
              <WebhookState webhook={webhook} />
              <CopyId id={webhook.id} label={text.copyId} />
            </>
          }
          actions={
            <>
              <CurlButton url={`/api/v1/webhooks/${webhook.id}/deliveries`} />
              {mayWrite && webhook.is_active && <Disable webhook={webhook} />}
            </>
          }
        />
        <Facts>
          <Fact name={text.columns.events}>
            <CodeList words={webhook.event_types} />
          </Fact>
          {webhook.description && <Fact name={text.descriptionOf}>{webhook.description}</Fact>}
          <Fact name={text.columns.created}>
            <Moment at={webhook.created_at} />
          </Fact>
        </Facts>
      </div>
      <WebhookDeliveries webhookId={webhookId} />
    </Stack>
  );
}

function Disable({ webhook }: { webhook: Webhook }) {
  const [isAsking, setIsAsking] = useState(false);
  const queries = useQueryClient();
  async function disable() {
    await disableWebhook(webhook.id);
    await queries.invalidateQueries({ queryKey: webhookKeys.all });
    showDone(text.disable.done);
  }
  return (
    <>
      <Button variant="default" onClick={() => setIsAsking(true)}>
        {text.disable.action}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.disable.title}
        action={text.disable.action}
        isDangerous
        onConfirm={disable}
      >
        {text.disable.text}
      </ConfirmDialog>
    </>
  );
}
