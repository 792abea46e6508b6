/** What came of the occasions of a trigger. */
import { Text } from "@mantine/core";
import { AppLink, DataTable, ErrorState, Moment, Panel, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { firingsQuery, type Firing } from "./api";
import { triggerMessages } from "./messages";

const text = triggerMessages.firings;

const columns: Column<Firing>[] = [
  { key: "at", header: text.at, cell: (one) => <Moment at={one.fired_at} /> },
  { key: "subject", header: text.subject, cell: (one) => one.subject },
  {
    key: "date",
    header: text.date,
    cell: (one) => <span className="or-mono">{one.reporting_date ?? ""}</span>,
  },
  {
    key: "outcome",
    header: text.outcome,
    cell: (one) => (
      <StatusBadge tone={one.outcome === "started" ? "success" : "neutral"}>
        {triggerMessages.outcomeName(one.outcome)}
      </StatusBadge>
    ),
  },
  {
    key: "run",
    header: text.run,
    cell: (one) =>
      one.run_id && (
        <AppLink to="/runs/$runId" params={{ runId: one.run_id }}>
          {one.run_state ?? one.run_id.slice(-12)}
        </AppLink>
      ),
  },
  { key: "reason", header: text.reason, cell: (one) => one.reason ?? "" },
];

export function FiringsPanel({ triggerId }: { triggerId: string }) {
  const query = useQuery(firingsQuery(triggerId));
  const firings = query.data?.items ?? [];
  return (
    <Panel title={text.title}>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : firings.length === 0 ? (
        <Text c="dimmed">{text.none}</Text>
      ) : (
        <DataTable label={text.title} columns={columns} rows={firings} rowKey={(one) => one.id} />
      )}
    </Panel>
  );
}
