import type { ReactNode } from "react";

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The name of the sort parameter, for columns the server can sort by. */
  sortKey?: string;
  /** Right-aligned, with figures of equal width. */
  isNumber?: boolean;
}

/** `name` or `-name`, as the API's `sort` parameter has it. */
export interface Sorting {
  sort: string | undefined;
  onSort: (sort: string) => void;
}

export interface Selection {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
}
