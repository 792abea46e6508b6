/** Records that a run set aside. */
import {
  DataTable,
  EmptyState,
  ErrorState,
  formatNumber,
  Moment,
  StatusBadge,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "@/api/types";
import { exceptionsQuery } from "./api";
import { runMessages } from "./messages";

type SetAside = Schema<"ExceptionAnswer">;

const text = runMessages.exceptions;

const columns: Column<SetAside>[] = [
  { key: "row", header: text.row, isNumber: true, cell: (one) => formatNumber(one.row_number) },
  {
    key: "key",
    header: text.key,
    cell: (one) => <span className="or-mono">{one.record_key ?? text.noKey}</span>,
  },
  {
    key: "rules",
    header: text.rules,
    cell: (one) => <span className="or-mono">{one.rule_ids.join(", ")}</span>,
  },
  {
    key: "state",
    header: text.state,
    cell: (one) => (
      <StatusBadge tone={one.state === "open" ? "warning" : "neutral"}>
        {one.state === "open" ? text.open : one.state}
      </StatusBadge>
    ),
  },
  { key: "at", header: text.at, cell: (one) => <Moment at={one.created_at} /> },
];

export function RunExceptions({ runId }: { runId: string }) {
  const [trail, setTrail] = useState<string[]>([]);
  const cursor = trail.at(-1);
  const query = useQuery(exceptionsQuery(runId, cursor));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  return (
    <DataTable
      label={text.label}
      columns={columns}
      rows={query.data?.items}
      rowKey={(one) => one.id}
      isFetching={query.isFetching}
      paging={{
        cursor,
        nextCursor: query.data?.next_cursor,
        onFirst: () => setTrail([]),
        onPrevious: () => setTrail(trail.slice(0, -1)),
        onNext: (next) => setTrail([...trail, next]),
      }}
    />
  );
}
