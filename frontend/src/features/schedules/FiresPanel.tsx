/** What became of the fire times of a schedule. */
import { Text } from "@mantine/core";
import {
  AppLink,
  DataTable,
  ErrorState,
  Moment,
  Panel,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { firesQuery, type Fire } from "./api";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.fires;
const TONES: Record<string, StatusTone> = {
  started: "success",
  skipped: "neutral",
  missed: "warning",
  waiting: "running",
  failed: "failed",
};

const columns: Column<Fire>[] = [
  { key: "at", header: text.at, cell: (one) => <Moment at={one.fire_at} /> },
  {
    key: "reports",
    header: scheduleMessages.columns.reportingDate,
    cell: (one) => <span className="or-mono">{one.reporting_date ?? ""}</span>,
  },
  {
    key: "state",
    header: text.state,
    cell: (one) => (
      <StatusBadge tone={TONES[one.state] ?? "neutral"}>{scheduleMessages.stateName(one.state)}</StatusBadge>
    ),
  },
  {
    key: "run",
    header: text.run,
    cell: (one) =>
      one.run_id && (
        <AppLink to="/runs/$runId" params={{ runId: one.run_id }}>
          {one.run_state ?? one.run_id.slice(0, 8)}
        </AppLink>
      ),
  },
  { key: "reason", header: text.reason, cell: (one) => one.reason ?? "" },
];

export function FiresPanel({ scheduleId }: { scheduleId: string }) {
  const query = useQuery(firesQuery(scheduleId));
  const fires = query.data?.items ?? [];
  return (
    <Panel title={text.title}>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : fires.length === 0 ? (
        <Text c="dimmed">{text.none}</Text>
      ) : (
        <DataTable label={text.title} columns={columns} rows={fires} rowKey={(one) => one.id} />
      )}
    </Panel>
  );
}
