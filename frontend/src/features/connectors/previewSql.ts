import type { TableColumn } from "./api";

/** Reads the columns that need no cast; null when there is none. The server limits the rows. */
export function previewSql(schema: string, table: string, columns: TableColumn[]): string | null {
  const names = columns.filter((one) => one.type !== null).map((one) => quoted(one.name));
  return names.length === 0 ? null : `select ${names.join(", ")} from ${quoted(schema)}.${quoted(table)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
