/** Rows that the source files of a run put aside: where they stand, why, and the way to get them all. */
import { Stack, Text } from "@mantine/core";
import { DataTable, ErrorState, formatNumber, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "@/api/types";
import { ExportButton } from "@/lists/ExportButton";
import { quarantineQuery, type RunDetail } from "./api";
import { quarantineMessages as text } from "./quarantineMessages";

type Row = Schema<"QuarantinedRowAnswer">;

export function RunQuarantine({ run }: { run: RunDetail }) {
  const query = useQuery(quarantineQuery(run.id));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Panel
      title={text.title(run.quarantined)}
      aside={
        <ExportButton
          path={() => `/api/v1/runs/${run.id}/quarantine/content`}
          fileName={`quarantine-${run.id}.csv`}
        >
          {text.download}
        </ExportButton>
      }
    >
      <Stack gap="sm">
        <Text c="dimmed">{text.hint}</Text>
        {query.data?.tables.map((one) => (
          <Text key={one.table}>{text.table(one.table, one.rows_read, one.rows_taken, one.quarantined)}</Text>
        ))}
        {query.data?.is_masked && <Text c="dimmed">{text.masked}</Text>}
        <DataTable
          label={text.rows}
          columns={columns}
          rows={query.data?.rows}
          rowKey={(row) => `${row.table} ${row.file} ${String(row.line)}`}
        />
      </Stack>
    </Panel>
  );
}

const columns: Column<Row>[] = [
  {
    key: "place",
    header: text.place,
    cell: (row) => (
      <span className="or-mono">
        {row.file}:{formatNumber(row.line)}
      </span>
    ),
  },
  { key: "column", header: text.column, cell: (row) => <span className="or-mono">{row.column ?? ""}</span> },
  { key: "reason", header: text.reason, cell: (row) => row.reason },
  { key: "raw", header: text.raw, cell: (row) => <span className="or-mono">{row.raw}</span> },
];
