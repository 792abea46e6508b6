import { Button, Skeleton, Text } from "@mantine/core";
import {
  DataTable,
  ErrorState,
  formatNumber,
  PageHeader,
  StatusBadge,
  TimeAgo,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { healthQuery, type HealthCheck, type HealthState } from "./api";
import { healthMessages as text, partName } from "./messages";

const columns: Column<HealthCheck>[] = [
  { key: "part", header: text.columns.part, cell: (check) => partName(check.name) },
  { key: "state", header: text.columns.state, cell: (check) => <State state={check.state} /> },
  {
    key: "cause",
    header: text.columns.cause,
    cell: (check) => (
      <>
        {check.cause}{" "}
        {check.fix && (
          <Text span c="dimmed">
            {check.fix}
          </Text>
        )}
      </>
    ),
  },
  { key: "measured", header: text.columns.measured, cell: (check) => <Measured values={check.measured} /> },
];

export function HealthPage() {
  const query = useQuery(healthQuery());
  const health = query.data;
  return (
    <>
      <PageHeader
        title={text.title}
        description={text.description}
        meta={health && <State state={health.state} />}
        actions={
          <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
            {text.recheck}
          </Button>
        }
      />
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={320} />}
      {health && (
        <>
          <Text c="dimmed">
            {text.checked} <TimeAgo at={health.checked_at} />
          </Text>
          <DataTable
            label={text.label}
            columns={columns}
            rows={health.checks}
            rowKey={(check) => check.name}
          />
        </>
      )}
    </>
  );
}

const TONES: Record<HealthState, StatusTone> = { ok: "success", degraded: "warning", down: "failed" };

function State({ state }: { state: HealthState }) {
  return <StatusBadge tone={TONES[state]}>{partName(state)}</StatusBadge>;
}

function Measured({ values }: { values: HealthCheck["measured"] }) {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]) =>
        `${partName(name)} ${typeof value === "number" ? formatNumber(value) : String(value)}`,
    )
    .join(", ");
}
