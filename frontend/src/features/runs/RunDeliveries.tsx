/** Where a run's files went: state, the last fault, and the receipt that was read back. */
import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { AppLink, EmptyState, ErrorState, Moment, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { DeliveryAttempts } from "@/features/deliveries/DeliveryAttempts";
import { DeliveryProgress } from "@/features/deliveries/DeliveryProgress";
import { DeliveryReceipt } from "@/features/deliveries/DeliveryReceipt";
import { DeliveryState } from "@/features/deliveries/DeliveryState";
import { faultOf, receiptOf } from "@/features/deliveries/receipt";
import { EnvironmentBadge } from "@/features/destinations/EnvironmentBadge";
import { deliveriesQuery, type Delivery } from "./api";
import { runMessages } from "./messages";

const text = runMessages.deliveries;

export function RunDeliveries({ runId }: { runId: string }) {
  const query = useQuery(deliveriesQuery(runId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={180} />;
  if (query.data.items.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  return (
    <Stack gap="md">
      {query.data.items.map((delivery) => (
        <OneDelivery key={delivery.id} delivery={delivery} />
      ))}
    </Stack>
  );
}

function OneDelivery({ delivery }: { delivery: Delivery }) {
  const fault = delivery.state === "delivered" ? undefined : faultOf(delivery.last_error);
  const receipt = receiptOf(delivery.receipt);
  return (
    <Panel
      title={`${delivery.artifact_name} → ${delivery.destination_name}`}
      aside={
        <Group gap="sm">
          <DeliveryState state={delivery.state} />
          <EnvironmentBadge environment={delivery.environment} />
          <AppLink to="/deliveries/$deliveryId" params={{ deliveryId: delivery.id }} size="sm">
            {text.open}
          </AppLink>
        </Group>
      }
    >
      <Stack gap="sm">
        {fault && (
          <div>
            <Text>{fault.message}</Text>
            {fault.fix && <Text c="dimmed">{fault.fix}</Text>}
          </div>
        )}
        {delivery.state === "sending" && <DeliveryProgress delivery={delivery} />}
        {delivery.state === "retrying" && (
          <Text>
            {text.next} <Moment at={delivery.next_attempt_at} />
          </Text>
        )}
        {receipt && <DeliveryReceipt receipt={receipt} />}
        <DeliveryAttempts attempts={delivery.tries} />
      </Stack>
    </Panel>
  );
}
