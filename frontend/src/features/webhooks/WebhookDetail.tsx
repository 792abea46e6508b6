/** One webhook and what was sent to it. */
import { Button, Code, Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CodeList,
  CopyButton,
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
import { useMay } from "@/features/account/api";
import { AccessFacts } from "./AccessFacts";
import { revokeFormerSecrets, webhookKeys, webhookQuery, type Webhook } from "./api";
import { webhookMessages as text } from "./messages";
import { WebhookActions } from "./WebhookActions";
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
              {mayWrite && <WebhookActions webhook={webhook} />}
            </>
          }
        />
        <Facts>
          <Fact name={text.columns.events}>
            <CodeList words={webhook.event_types} />
          </Fact>
          {webhook.description && <Fact name={text.descriptionOf}>{webhook.description}</Fact>}
          {webhook.report_ids.length > 0 && (
            <Fact name={text.reports}>{text.reportCount(webhook.report_ids.length)}</Fact>
          )}
          {webhook.regimes.length > 0 && (
            <Fact name={text.regimes}>
              <CodeList words={webhook.regimes} />
            </Fact>
          )}
          {webhook.allowed_addresses.length > 0 && (
            <Fact name={text.addresses}>
              <CodeList words={webhook.allowed_addresses} />
            </Fact>
          )}
          <Fact name={text.timeout}>{text.seconds(webhook.timeout_seconds)}</Fact>
          {webhook.public_key && (
            <Fact name={text.publicKey}>
              <Code>{webhook.public_key}</Code>
              <CopyButton value={webhook.public_key} label={text.publicKey} />
            </Fact>
          )}
          {webhook.former_secrets_until && (
            <Fact name={text.rotate.former}>
              <FormerSecrets webhook={webhook} until={webhook.former_secrets_until} />
            </Fact>
          )}
          <AccessFacts webhook={webhook} />
          <Fact name={text.columns.created}>
            <Moment at={webhook.created_at} />
          </Fact>
        </Facts>
      </div>
      <WebhookDeliveries webhookId={webhookId} />
    </Stack>
  );
}

function FormerSecrets({ webhook, until }: { webhook: Webhook; until: string }) {
  const queries = useQueryClient();
  const mayWrite = useMay("webhooks:write");
  async function revoke() {
    await revokeFormerSecrets(webhook.id);
    await queries.invalidateQueries({ queryKey: webhookKeys.all });
    showDone(text.rotate.revoked);
  }
  return (
    <Group gap="sm">
      <Moment at={until} />
      {mayWrite && (
        <Button size="compact-sm" variant="default" onClick={() => void revoke()}>
          {text.rotate.revoke}
        </Button>
      )}
    </Group>
  );
}
