/** Tables over files as they stand in a connector's settings, and as somebody changes them. */
import type { DetectedFile } from "./sourceFiles";

export interface FileColumn {
  name: string;
  type: string;
  source?: string;
  position?: number;
  width?: number;
  reason?: string;
  samples?: string[];
}

export interface FileTable {
  name: string;
  file: Record<string, unknown>;
  values?: Record<string, unknown>;
  columns: FileColumn[];
  pattern?: string;
  on_bad_row?: string;
  max_bad_rows?: number;
}

export const COLUMN_TYPES = ["text", "integer", "boolean", "date", "timestamp", "double"];

/** The tables of stored settings. */
export function tablesOf(settings: Record<string, unknown>): FileTable[] {
  return (settings["tables"] ?? []) as FileTable[];
}

/** A table as a file suggests it; what was decided for the table before stays. */
export function suggestedTable(name: string, found: DetectedFile, before: FileTable | undefined): FileTable {
  return {
    on_bad_row: "quarantine",
    ...before,
    name,
    file: found.file,
    values: { ...found.values, ...zoneOf(before) },
    columns: found.columns.map((one, index) => ({
      name: one.name,
      type: one.type,
      ...placeOf(found.file, one, index),
      reason: one.reason,
      samples: one.samples,
    })),
  };
}

/** Where a column is found: by its characters in fixed width, by its number without a header, else by its name. */
function placeOf(file: DetectedFile["file"], column: DetectedFile["columns"][number], index: number) {
  const { position, width } = column;
  if (typeof position === "number" && typeof width === "number") return { position, width };
  return file["header_line"] === null || file["header_row"] === null
    ? { position: index + 1 }
    : { source: column.source };
}

function zoneOf(before: FileTable | undefined): Record<string, unknown> {
  const zone = before?.values?.["time_zone"];
  return zone ? { time_zone: zone } : {};
}

/** Settings with the table in them, in the place of one of the same name; without what is only for show. */
export function withTable(settings: Record<string, unknown>, table: FileTable): Record<string, unknown> {
  const columns = table.columns.map((column) =>
    Object.fromEntries(Object.entries(column).filter(([name]) => name !== "reason" && name !== "samples")),
  );
  const others = tablesOf(settings).filter((one) => one.name !== table.name);
  return { ...settings, tables: [...others, { ...table, columns }] };
}

/** Settings without a table. */
export function withoutTable(settings: Record<string, unknown>, name: string): Record<string, unknown> {
  return { ...settings, tables: tablesOf(settings).filter((one) => one.name !== name) };
}

/** Whether times of the table need to be told where they are local. */
export function needsZone(table: FileTable): boolean {
  const format = table.file["format"] === "xlsx" ? "" : table.values?.["timestamp_format"];
  return (
    table.columns.some((one) => one.type === "timestamp") &&
    typeof format === "string" &&
    !format.includes("Z")
  );
}
