/** Records that a run set aside. */
import {
  AppLink,
  DataTable,
  EmptyState,
  ErrorState,
  formatNumber,
  LinkButton,
  Moment,
  type Column,
} from "@openreg/ui";
import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "@/api/types";
import { ExceptionState } from "@/features/exceptions/ExceptionState";
import { usePages } from "@/lists/usePages";
import { exceptionsQuery } from "./api";
import { runMessages } from "./messages";

type SetAside = Schema<"ExceptionAnswer">;

const text = runMessages.exceptions;

const columns: Column<SetAside>[] = [
  { key: "row", header: text.row, isNumber: true, cell: (one) => formatNumber(one.row_number) },
  {
    key: "key",
    header: text.key,
    cell: (one) => (
      <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: one.id }} className="or-mono">
        {one.record_key ?? text.noKey}
      </AppLink>
    ),
  },
  {
    key: "rules",
    header: text.rules,
    cell: (one) => <span className="or-mono">{one.rule_ids.join(", ")}</span>,
  },
  {
    key: "state",
    header: text.state,
    cell: (one) => <ExceptionState state={one.state} />,
  },
  { key: "at", header: text.at, cell: (one) => <Moment at={one.created_at} /> },
];

export function RunExceptions({ runId }: { runId: string }) {
  const pages = usePages();
  const query = useQuery(exceptionsQuery(runId, pages.cursor));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  return (
    <>
      <Group justify="flex-end" pb="sm">
        <LinkButton variant="default" to="/exceptions" search={{ run_id: runId }}>
          {text.work}
        </LinkButton>
      </Group>
      <DataTable
        label={text.label}
        columns={columns}
        rows={query.data?.items}
        rowKey={(one) => one.id}
        isFetching={query.isFetching}
        paging={{ ...pages, nextCursor: query.data?.next_cursor }}
      />
    </>
  );
}
