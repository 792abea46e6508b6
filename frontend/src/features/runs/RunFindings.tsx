/** Rules that failed in a run; each opens the records that failed it. */
import { Button, Group, Stack, Text } from "@mantine/core";
import {
  DataTable,
  EmptyState,
  ErrorState,
  formatNumber,
  Panel,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Schema } from "@/api/types";
import { OfficialRules } from "@/features/official-texts/OfficialRules";
import { ExportButton } from "@/lists/ExportButton";
import { usePages } from "@/lists/usePages";
import { findingDetailsQuery, findingsQuery, type RunDetail } from "./api";
import { runMessages } from "./messages";
import { isFinal } from "./runEvents";

type Finding = Schema<"FindingAnswer">;
type Detail = Schema<"FindingDetailAnswer">;

const route = getRouteApi("/_app/runs/$runId");
const text = runMessages.findings;

const SEVERITIES: Record<string, StatusTone> = {
  blocking: "failed",
  correctable: "warning",
  warning: "neutral",
};

export function RunFindings({ run }: { run: RunDetail }) {
  const { rule } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(findingsQuery(run.id));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) {
    return <EmptyState title={text.none}>{isFinal(run.state) ? text.noneText : text.notYet}</EmptyState>;
  }
  const open = (ruleId: string | undefined) =>
    void navigate({ search: (previous) => ({ ...previous, rule: ruleId }), replace: true });
  return (
    <Stack gap="lg">
      <DataTable
        label={text.title}
        columns={findingColumns(open)}
        rows={query.data?.items}
        rowKey={(finding) => finding.rule_id}
      />
      {query.data && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {text.kept(query.data.kept, query.data.count)}
          </Text>
          <ExportButton
            path={() => `/api/v1/runs/${run.id}/findings/export`}
            fileName={`findings-${run.id}.csv`}
          >
            {text.exportCsv}
          </ExportButton>
        </Group>
      )}
      {rule && <Details key={rule} runId={run.id} ruleId={rule} onClose={() => open(undefined)} />}
    </Stack>
  );
}

function findingColumns(open: (ruleId: string) => void): Column<Finding>[] {
  return [
    {
      key: "rule",
      header: text.rule,
      cell: (finding) => (
        <Button variant="subtle" size="compact-xs" data-row-link onClick={() => open(finding.rule_id)}>
          <span className="or-mono">{finding.rule_id}</span>
        </Button>
      ),
    },
    {
      key: "severity",
      header: text.severity,
      cell: (finding) => (
        <StatusBadge tone={SEVERITIES[finding.severity] ?? "neutral"}>
          {runMessages.severityName(finding.severity)}
        </StatusBadge>
      ),
    },
    { key: "count", header: text.count, isNumber: true, cell: (finding) => formatNumber(finding.count) },
    {
      key: "message",
      header: text.message,
      cell: (finding) => (
        <Stack gap={6} py={4}>
          {finding.message}
          {finding.official.length > 0 && <OfficialRules rules={finding.official} />}
        </Stack>
      ),
    },
  ];
}

const detailColumns: Column<Detail>[] = [
  { key: "row", header: text.row, isNumber: true, cell: (one) => formatNumber(one.row_number) },
  {
    key: "columns",
    header: text.columns,
    cell: (one) => <span className="or-mono">{one.columns.join(", ")}</span>,
  },
  { key: "message", header: text.message, cell: (one) => one.message },
];

function Details({ runId, ruleId, onClose }: { runId: string; ruleId: string; onClose: () => void }) {
  const pages = usePages();
  const query = useQuery(findingDetailsQuery(runId, ruleId, pages.cursor));
  return (
    <Panel
      title={text.details(ruleId)}
      aside={
        <Group>
          <Button variant="default" onClick={onClose}>
            {text.close}
          </Button>
        </Group>
      }
    >
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label={text.details(ruleId)}
          columns={detailColumns}
          rows={query.data?.items}
          rowKey={(one) => one.id}
          isFetching={query.isFetching}
          paging={{ ...pages, nextCursor: query.data?.next_cursor }}
        />
      )}
    </Panel>
  );
}
