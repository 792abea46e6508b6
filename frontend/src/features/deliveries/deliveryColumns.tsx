import { Group, Text } from "@mantine/core";
import { AppLink, BusinessDate, formatBytes, formatNumber, Moment, type Column } from "@openreg/ui";
import { EnvironmentBadge } from "@/features/destinations/EnvironmentBadge";
import type { DeliveryRow } from "./api";
import styles from "./deliveries.module.css";
import { DeliveryState } from "./DeliveryState";
import { DeliveryProgress } from "./DeliveryProgress";
import { deliveryMessages } from "./messages";
import { faultOf } from "./receipt";

const text = deliveryMessages.columns;

export const fileColumn: Column<DeliveryRow> = {
  key: "file",
  header: text.file,
  cell: (one) => (
    <AppLink to="/deliveries/$deliveryId" params={{ deliveryId: one.id }} className={styles.file}>
      {one.artifact_name}
    </AppLink>
  ),
};

export const destinationColumn: Column<DeliveryRow> = {
  key: "destination",
  header: text.destination,
  cell: (one) => (
    <Group gap="xs" wrap="nowrap">
      <AppLink to="/destinations/$destinationId" params={{ destinationId: one.destination_id }}>
        {one.destination_name}
      </AppLink>
      {one.environment === "test" && <EnvironmentBadge environment="test" />}
    </Group>
  ),
};

/** What happened to it; where it goes is known, or stands in ``destinationColumn``. */
export const lifeColumns: Column<DeliveryRow>[] = [
  { key: "state", header: text.state, cell: (one) => <State delivery={one} /> },
  {
    key: "report",
    header: text.report,
    cell: (one) => (
      <AppLink to="/reports/$reportId" params={{ reportId: one.report_id }}>
        {one.report_name}
      </AppLink>
    ),
  },
  { key: "date", header: text.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
  { key: "attempts", header: text.attempts, isNumber: true, cell: (one) => formatNumber(one.attempts) },
  {
    key: "size",
    header: text.size,
    isNumber: true,
    cell: (one) => <span className={styles.whole}>{formatBytes(one.size_bytes)}</span>,
  },
  { key: "created", header: text.created, cell: (one) => <Moment at={one.created_at} /> },
  {
    key: "finished",
    header: text.finished,
    cell: (one) => (one.finished_at === null ? null : <Moment at={one.finished_at} />),
  },
];

function State({ delivery }: { delivery: DeliveryRow }) {
  const fault = delivery.state === "delivered" ? undefined : faultOf(delivery.last_error);
  return (
    <div className={styles.state}>
      <DeliveryState state={delivery.state} />
      {delivery.state === "sending" && <DeliveryProgress delivery={delivery} />}
      {fault && (
        <Text size="xs" c="dimmed" className={styles.fault} title={fault.message}>
          {fault.message}
        </Text>
      )}
    </div>
  );
}
