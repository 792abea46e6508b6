/** One delivery of a webhook: what it tells, and every attempt with its answer. */
import { Button, Code, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { ErrorState, Fact, Facts, JsonView, Moment, Section, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schema } from "@/api/types";
import { useMay } from "@/features/account/api";
import { resendDelivery, webhookDeliveryQuery, webhookKeys } from "./api";
import { webhookMessages } from "./messages";
import { DeliveryState } from "./WebhookDeliveries";

const text = webhookMessages.sheet;

interface DeliverySheetProps {
  webhookId: string;
  deliveryId: string | null;
  onClose: () => void;
}

export function DeliverySheet({ webhookId, deliveryId, onClose }: DeliverySheetProps) {
  return (
    <Drawer
      opened={deliveryId !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {deliveryId !== null && <Sheet webhookId={webhookId} deliveryId={deliveryId} />}
    </Drawer>
  );
}

function Sheet({ webhookId, deliveryId }: { webhookId: string; deliveryId: string }) {
  const query = useQuery(webhookDeliveryQuery(webhookId, deliveryId));
  const mayWrite = useMay("webhooks:write");
  const queries = useQueryClient();
  const resend = useMutation({
    mutationFn: () => resendDelivery(webhookId, deliveryId),
    onSuccess: () => {
      showDone(text.resent);
      void queries.invalidateQueries({ queryKey: webhookKeys.one(webhookId) });
    },
  });
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const delivery = query.data;
  if (!delivery) return <Skeleton height={220} />;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Group gap="sm">
          <Code>{delivery.event_type}</Code>
          <DeliveryState state={delivery.state} />
        </Group>
        {mayWrite && (
          <Button variant="default" loading={resend.isPending} onClick={() => resend.mutate()}>
            {text.resend}
          </Button>
        )}
      </Group>
      {resend.isError && <ErrorState error={resend.error} />}
      <Section title={text.payload}>
        <JsonView label={text.data} value={delivery.payload} />
      </Section>
      {delivery.request && <Request request={delivery.request} />}
      {delivery.log.length === 0 && <Text c="dimmed">{text.noAttempt}</Text>}
      {delivery.log.map((one) => (
        <Attempt key={one.number} attempt={one} />
      ))}
    </Stack>
  );
}

/** What every attempt sends; times and signatures are its own. */
function Request({ request }: { request: Schema<"WebhookRequestAnswer"> }) {
  return (
    <Section title={text.request}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {text.requestHint}
        </Text>
        <Code block tabIndex={0}>
          {[`POST ${request.url}`, ...headerLines(request.headers), "", request.body].join("\n")}
        </Code>
      </Stack>
    </Section>
  );
}

function headerLines(headers: Record<string, string>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

function Attempt({ attempt }: { attempt: Schema<"WebhookAttemptAnswer"> }) {
  const message = attempt.error?.["message"];
  return (
    <Section title={text.attempt(attempt.number)}>
      <Facts>
        <Fact name={webhookMessages.deliveries.created}>
          <Moment at={attempt.started_at} />, {text.took(attempt.duration_ms)}
        </Fact>
        <Fact name={webhookMessages.deliveries.status}>
          {attempt.status === null ? String(message ?? "") : text.answered(attempt.status)}
        </Fact>
        {attempt.planned_at && (
          <Fact name={text.planned}>
            <Moment at={attempt.planned_at} />
          </Fact>
        )}
        {attempt.retry_after_seconds !== null && (
          <Fact name={text.retryAfter}>{text.seconds(attempt.retry_after_seconds)}</Fact>
        )}
        {attempt.aborted_by_consumer && <Fact name={text.next}>{text.aborted}</Fact>}
        {attempt.address && (
          <Fact name={text.at}>
            <Code>{attempt.address}</Code>
          </Fact>
        )}
      </Facts>
      {attempt.response_headers && Object.keys(attempt.response_headers).length > 0 && (
        <>
          <Text size="sm" c="dimmed">
            {text.headers}
          </Text>
          <Code block tabIndex={0}>
            {headerLines(attempt.response_headers).join("\n")}
          </Code>
        </>
      )}
      {attempt.response_excerpt && (
        <>
          <Text size="sm" c="dimmed">
            {attempt.is_truncated ? text.bodyCut : text.body}
          </Text>
          <Code block tabIndex={0}>
            {attempt.response_excerpt}
          </Code>
        </>
      )}
    </Section>
  );
}
