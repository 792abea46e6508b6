/** The body of a list screen in its five states: loading, first use, empty by filter, refused, rows. */
import {
  DataTable,
  EmptyState,
  ErrorState,
  type Column,
  type Paging,
  type Selection,
  type Sorting,
} from "@openreg/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { listMessages } from "./messages";

export interface ListAnswer<Row> {
  items: Row[];
  next_cursor?: string | null | undefined;
}

export type ListQuery<Row> = Pick<
  UseQueryResult<ListAnswer<Row>>,
  "data" | "error" | "isError" | "isFetching" | "isPlaceholderData" | "refetch"
>;

export interface ListPageProps<Row> {
  query: ListQuery<Row>;
  columns: Column<Row>[];
  label: string;
  rowKey: (row: Row) => string;
  rowName?: (row: Row) => string;
  isFiltered: boolean;
  onClear: () => void;
  /** What stands here on the first day, with the one next step. */
  firstUse: ReactNode;
  sorting?: Sorting;
  selection?: Selection;
  paging?: Omit<Paging, "nextCursor">;
}

export function ListPage<Row>(props: ListPageProps<Row>) {
  const { query, isFiltered, onClear, firstUse, paging, ...table } = props;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0 && !query.isPlaceholderData) {
    if (!isFiltered && !paging?.cursor) return firstUse;
    return (
      <EmptyState title={listMessages.noMatchTitle} onClear={onClear}>
        {listMessages.noMatch}
      </EmptyState>
    );
  }
  return (
    <DataTable
      {...table}
      rows={query.data?.items}
      isFetching={query.isFetching}
      {...(paging ? { paging: { ...paging, nextCursor: query.data?.next_cursor } } : {})}
    />
  );
}
