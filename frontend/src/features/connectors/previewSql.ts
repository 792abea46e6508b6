import type { TableColumn } from "./api";
import { quotedName } from "./sqlNames";

/** Reads the columns that need no cast; null when there is none. The server limits the rows. */
export function previewSql(
  dialect: string,
  schema: string,
  table: string,
  columns: TableColumn[],
): string | null {
  const names = columns.filter((one) => one.type !== null).map((one) => quotedName(one.name, dialect));
  const from = `${quotedName(schema, dialect)}.${quotedName(table, dialect)}`;
  return names.length === 0 ? null : `select ${names.join(", ")} from ${from}`;
}
