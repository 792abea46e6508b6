/** Every attempt that has ended: when, how long, how far, and why it failed. */
import { Text } from "@mantine/core";
import { DataTable, durationBetween, formatBytes, formatNumber, Moment, type Column } from "@openreg/ui";
import type { DeliveryAttempt } from "./api";
import { deliveryMessages } from "./messages";
import { faultOf } from "./receipt";

const text = deliveryMessages.attempts;

export function DeliveryAttempts({ attempts }: { attempts: DeliveryAttempt[] }) {
  if (attempts.length === 0) return <Text c="dimmed">{text.none}</Text>;
  const newestFirst = [...attempts].reverse();
  return (
    <DataTable label={text.title} columns={columns} rows={newestFirst} rowKey={(one) => String(one.number)} />
  );
}

const columns: Column<DeliveryAttempt>[] = [
  { key: "number", header: text.number, cell: (one) => formatNumber(one.number) },
  { key: "started", header: text.started, cell: (one) => <Moment at={one.started_at} /> },
  {
    key: "took",
    header: text.took,
    isNumber: true,
    cell: (one) => durationBetween(one.started_at, one.finished_at),
  },
  {
    key: "sent",
    header: text.sent,
    isNumber: true,
    cell: (one) => (one.bytes_sent === null ? null : formatBytes(one.bytes_sent)),
  },
  {
    key: "result",
    header: text.result,
    cell: (one) => {
      const fault = faultOf(one.error);
      if (!fault) return text.delivered;
      return (
        <>
          <Text size="sm">{fault.message}</Text>
          {fault.fix && (
            <Text size="xs" c="dimmed">
              {fault.fix}
            </Text>
          )}
        </>
      );
    },
  },
];
