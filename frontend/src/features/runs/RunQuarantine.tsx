/** Rows that the source files of a run put aside: where they stand, why, and the way to get them all. */
import { Button, Stack, Text } from "@mantine/core";
import { DataTable, ErrorState, formatNumber, Panel, showProblem, type Column } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import type { Schema } from "@/api/types";
import { quarantineQuery, type RunDetail } from "./api";
import { quarantineMessages as text } from "./quarantineMessages";

type Row = Schema<"QuarantinedRowAnswer">;

export function RunQuarantine({ run }: { run: RunDetail }) {
  const query = useQuery(quarantineQuery(run.id));
  const fetching = useMutation({
    mutationFn: () =>
      download(
        session.fetch,
        `${apiUrl}/api/v1/runs/${encodeURIComponent(run.id)}/quarantine/content`,
        `quarantine-${run.id}.csv`,
      ),
    onError: showProblem,
  });
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Panel
      title={text.title(run.quarantined)}
      aside={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          loading={fetching.isPending}
          onClick={() => fetching.mutate()}
        >
          {text.download}
        </Button>
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
