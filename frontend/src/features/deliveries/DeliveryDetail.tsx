/** One delivery: where it stands, its receipt, every attempt, and what can be done. */
import { Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  Callout,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  formatBytes,
  LinkButton,
  Moment,
  PageHeader,
  Panel,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { EnvironmentBadge } from "@/features/destinations/EnvironmentBadge";
import { deliveryQuery, type Delivery } from "./api";
import { DeliveryActions } from "./DeliveryActions";
import { DeliveryAttempts } from "./DeliveryAttempts";
import { DeliveryProgress } from "./DeliveryProgress";
import { DeliveryReceipt } from "./DeliveryReceipt";
import { DeliveryState } from "./DeliveryState";
import { deliveryMessages as text } from "./messages";
import { faultOf, receiptOf } from "./receipt";

const route = getRouteApi("/_app/deliveries/$deliveryId");

export function DeliveryDetail() {
  const { deliveryId } = route.useParams();
  const query = useQuery(deliveryQuery(deliveryId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const delivery = query.data;
  if (!delivery) return <Skeleton height={220} />;
  const receipt = receiptOf(delivery.receipt);
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/deliveries" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={text.goesTo(delivery.artifact_name, delivery.destination_name)}
          {...(delivery.number > 1 ? { description: text.nth(delivery.number) } : {})}
          meta={
            <Group gap="sm">
              <DeliveryState state={delivery.state} />
              <EnvironmentBadge environment={delivery.environment} />
              <CopyId id={delivery.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              <DeliveryActions delivery={delivery} />
              <CurlButton url={`/api/v1/deliveries/${delivery.id}`} />
            </>
          }
        />
        <DeliveryFacts delivery={delivery} />
      </div>
      {delivery.state === "sending" && <DeliveryProgress delivery={delivery} />}
      <Waiting delivery={delivery} />
      <LastFault delivery={delivery} />
      {receipt && (
        <Panel title={text.receipt.title}>
          <DeliveryReceipt receipt={receipt} />
        </Panel>
      )}
      <Panel title={text.attempts.title}>
        <DeliveryAttempts attempts={delivery.tries} />
      </Panel>
    </Stack>
  );
}

function DeliveryFacts({ delivery }: { delivery: Delivery }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={facts.destination}>
        <AppLink to="/destinations/$destinationId" params={{ destinationId: delivery.destination_id }}>
          {delivery.destination_name}
        </AppLink>
      </Fact>
      <Fact name={facts.report}>
        <AppLink to="/reports/$reportId" params={{ reportId: delivery.report_id }}>
          {delivery.report_name}
        </AppLink>
      </Fact>
      <Fact name={facts.date}>
        <BusinessDate date={delivery.reporting_date} />
      </Fact>
      <Fact name={facts.run}>
        <AppLink to="/runs/$runId" params={{ runId: delivery.run_id }}>
          {text.runLink}
        </AppLink>
      </Fact>
      <Fact name={facts.files}>
        <AppLink to="/runs/$runId" params={{ runId: delivery.run_id }} search={{ tab: "files" }}>
          {text.filesLink}
        </AppLink>
      </Fact>
      {delivery.submission && (
        <Fact name={facts.submission}>
          <AppLink to="/submissions/$submissionId" params={{ submissionId: delivery.submission.id }}>
            {delivery.submission.reference}
          </AppLink>
        </Fact>
      )}
      <Fact name={facts.size}>{formatBytes(delivery.size_bytes)}</Fact>
      <Fact name={facts.created}>
        <Moment at={delivery.created_at} />
      </Fact>
      {(delivery.state === "pending" || delivery.state === "retrying") && (
        <Fact name={facts.next}>
          <Moment at={delivery.next_attempt_at} />
        </Fact>
      )}
      {delivery.finished_at && (
        <Fact name={facts.finished}>
          <Moment at={delivery.finished_at} />
        </Fact>
      )}
      {delivery.redelivery_of && (
        <Fact name={facts.before}>
          <AppLink to="/deliveries/$deliveryId" params={{ deliveryId: delivery.redelivery_of }}>
            {facts.beforeLink}
          </AppLink>
        </Fact>
      )}
      {delivery.reason && <Fact name={facts.reason}>{delivery.reason}</Fact>}
    </Facts>
  );
}

function Waiting({ delivery }: { delivery: Delivery }) {
  if (!delivery.is_set_aside_with_destination) return null;
  const { waitsForDestination } = text;
  return (
    <Callout
      tone={delivery.state === "stopped" ? "failed" : "warning"}
      title={delivery.state === "stopped" ? waitsForDestination.stopped : waitsForDestination.paused}
      actions={
        <LinkButton to="/destinations/$destinationId" params={{ destinationId: delivery.destination_id }}>
          {waitsForDestination.action}
        </LinkButton>
      }
    />
  );
}

function LastFault({ delivery }: { delivery: Delivery }) {
  const fault = delivery.state === "delivered" ? undefined : faultOf(delivery.last_error);
  if (!fault) return null;
  const { failed, retrying, other } = text.failedTitle;
  const title = delivery.state === "failed" ? failed : delivery.state === "retrying" ? retrying : other;
  return (
    <Callout tone={delivery.state === "retrying" ? "warning" : "failed"} title={title} fix={fault.fix}>
      {fault.message}
    </Callout>
  );
}
