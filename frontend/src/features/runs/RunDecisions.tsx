/** What was decided about the eligibility of a run's records: counted, searched, exported. */
import { Stack } from "@mantine/core";
import {
  DataTable,
  EmptyState,
  ErrorState,
  FilterBar,
  formatNumber,
  SearchFilter,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "@/api/types";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ExportButton } from "@/lists/ExportButton";
import { usePages } from "@/lists/usePages";
import { decisionCountsQuery, decisionsExportPath, decisionsQuery, type DecisionFilters } from "./api";
import { decisionMessages as text } from "./decisionMessages";

type Decision = Schema<"DecisionKind">;
type RecordDecision = Schema<"RecordDecisionAnswer">;
type DecisionCount = Schema<"DecisionCountAnswer">;

const KINDS = ["report", "exclude", "hold"] as const satisfies readonly Decision[];
const TONES: Record<Decision, StatusTone> = { report: "success", exclude: "off", hold: "warning" };

const countColumns: Column<DecisionCount>[] = [
  { key: "code", header: text.code, cell: (one) => <span className="or-mono">{one.code}</span> },
  { key: "decision", header: text.decision, cell: (one) => <DecisionBadge decision={one.decision} /> },
  { key: "reason", header: text.reason, cell: (one) => one.reason },
  { key: "count", header: text.records, isNumber: true, cell: (one) => formatNumber(one.count) },
];

export function RunDecisions({ runId }: { runId: string }) {
  const counts = useQuery(decisionCountsQuery(runId));
  if (counts.isError) return <ErrorState error={counts.error} onRetry={() => void counts.refetch()} />;
  if (counts.data?.items.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  const reasons = new Map(counts.data?.items.map((one) => [one.code, one.reason]));
  return (
    <Stack gap="xl">
      <DataTable
        label={text.counts}
        columns={countColumns}
        rows={counts.data?.items}
        rowKey={(one) => one.code}
      />
      <Records runId={runId} reasons={reasons} />
    </Stack>
  );
}

function Records({ runId, reasons }: { runId: string; reasons: Map<string, string> }) {
  const [filters, setFilters] = useState<DecisionFilters>({});
  const pages = usePages();
  const query = useQuery(decisionsQuery(runId, filters, pages.cursor));
  const filter = (changes: DecisionFilters) => {
    setFilters({ ...filters, ...changes });
    pages.onFirst();
  };
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div>
      <FilterBar
        isFiltered={Object.values(filters).some(Boolean)}
        onClear={() => filter({ key: undefined, decision: undefined, code: undefined })}
        actions={
          <ExportButton path={() => decisionsExportPath(runId, filters)} fileName={`decisions-${runId}.csv`}>
            {text.exportCsv}
          </ExportButton>
        }
      >
        <SearchFilter label={text.search} value={filters.key} onChange={(key) => filter({ key })} />
        <ChoiceFilter
          label={text.decision}
          any={text.any}
          choices={choicesOf(KINDS, text.decisions)}
          value={filters.decision}
          onChange={(decision) => filter({ decision })}
        />
      </FilterBar>
      <DataTable
        label={text.label}
        columns={recordColumns(reasons)}
        rows={query.data?.items}
        rowKey={(one) => String(one.row_number)}
        isFetching={query.isFetching}
        paging={{ ...pages, nextCursor: query.data?.next_cursor }}
      />
    </div>
  );
}

function recordColumns(reasons: Map<string, string>): Column<RecordDecision>[] {
  return [
    { key: "row", header: text.row, isNumber: true, cell: (one) => formatNumber(one.row_number) },
    {
      key: "key",
      header: text.key,
      cell: (one) => <span className="or-mono">{one.record_key ?? text.noKey}</span>,
    },
    { key: "decision", header: text.decision, cell: (one) => <DecisionBadge decision={one.decision} /> },
    {
      key: "why",
      header: text.reason,
      cell: (one) =>
        one.code === null ? (
          text.byDefault
        ) : (
          <>
            <span className="or-mono">{one.code}</span> {reasons.get(one.code)}
          </>
        ),
    },
  ];
}

function DecisionBadge({ decision }: { decision: Decision }) {
  return <StatusBadge tone={TONES[decision]}>{text.decisions[decision]}</StatusBadge>;
}
