/** Where a run's files went: state, every attempt, and the receipt that was read back. */
import { Stack, Text } from "@mantine/core";
import {
  EmptyState,
  ErrorState,
  Fact,
  Facts,
  formatBytes,
  formatDateTime,
  Moment,
  Panel,
  StatusBadge,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "@mantine/core";
import { deliveriesQuery, type Delivery } from "./api";
import { runMessages } from "./messages";

const text = runMessages.deliveries;

const TONES: Record<string, StatusTone> = {
  pending: "neutral",
  sending: "running",
  retrying: "warning",
  delivered: "success",
  failed: "failed",
  paused: "neutral",
  stopped: "failed",
  cancelled: "neutral",
};

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
  const problem = errorOf(delivery.last_error);
  return (
    <Panel
      title={`${delivery.artifact_name} → ${delivery.destination_name}`}
      aside={
        <StatusBadge tone={TONES[delivery.state] ?? "neutral"}>
          {runMessages.deliveryName(delivery.state)}
        </StatusBadge>
      }
    >
      <Stack gap="sm">
        {problem && (
          <div>
            <Text>{problem.message}</Text>
            {problem.fix && <Text c="dimmed">{problem.fix}</Text>}
          </div>
        )}
        {delivery.state === "retrying" && (
          <Text>
            {text.next} <Moment at={delivery.next_attempt_at} />
          </Text>
        )}
        {delivery.receipt && <Receipt receipt={delivery.receipt} />}
        <Attempts delivery={delivery} />
      </Stack>
    </Panel>
  );
}

function Receipt({ receipt }: { receipt: NonNullable<Delivery["receipt"]> }) {
  const part = (name: string) => {
    const value = receipt[name];
    return value === null || value === undefined ? null : String(value);
  };
  const modified = part("remote_modified_at");
  return (
    <Facts>
      <Fact name={text.path}>
        <span className="or-mono">{part("remote_path")}</span>
      </Fact>
      <Fact name={text.size}>{formatBytes(Number(part("size_bytes")))}</Fact>
      {modified && (
        <Fact name={text.modified}>
          <Moment at={modified} />
        </Fact>
      )}
      <Fact name={text.server}>
        <span className="or-mono">{part("server")}</span>
      </Fact>
      <Fact name={text.sha}>
        <span className="or-mono">{part("sha256")}</span>
      </Fact>
      {part("host_key_fingerprint") && (
        <Fact name={text.hostKey}>
          <span className="or-mono">{part("host_key_fingerprint")}</span>
        </Fact>
      )}
    </Facts>
  );
}

function Attempts({ delivery }: { delivery: Delivery }) {
  if (delivery.tries.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {text.noAttempt}
      </Text>
    );
  }
  return (
    <Text component="ol" size="xs" c="dimmed" m={0} pl="lg">
      {delivery.tries.map((attempt) => (
        <li key={attempt.number}>
          <time dateTime={attempt.finished_at}>{formatDateTime(attempt.finished_at)}</time>:{" "}
          {errorOf(attempt.error)?.message ?? text.succeeded}
        </li>
      ))}
    </Text>
  );
}

function errorOf(error: Delivery["last_error"]): { message: string; fix: string | null } | null {
  if (!error) return null;
  const { message, code, fix } = error;
  return {
    message: typeof message === "string" ? message : String(code),
    fix: typeof fix === "string" ? fix : null,
  };
}
