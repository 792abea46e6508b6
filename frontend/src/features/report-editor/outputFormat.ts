/** What a change of the format does to a file: options of another format go, places of fixed width are made. */
import type { FixedColumn, OutputFormat, ReportOutput } from "./document";

const WIDTH = 20;

export function isPackedInItself(format: OutputFormat): boolean {
  return format === "xlsx" || format === "parquet";
}

export function withFormat(
  output: ReportOutput,
  format: OutputFormat,
  fields: readonly string[],
): ReportOutput {
  const { packaging, max_bytes } = output;
  const kept = { ...output, format };
  delete kept.csv;
  delete kept.fixed_width;
  delete kept.decimals;
  delete kept.max_bytes;
  if (isPackedInItself(format)) return { ...kept, packaging: "none" };
  return {
    ...kept,
    packaging,
    ...(max_bytes ? { max_bytes } : {}),
    ...(format === "fixed_width" ? { fixed_width: { columns: fields.map(placeAfter) } } : {}),
  };
}

/** A place for one more field, behind the others. */
export function nextColumn(columns: readonly FixedColumn[], fields: readonly string[]): FixedColumn {
  const end = Math.max(0, ...columns.map((one) => one.start + one.length - 1));
  const taken = new Set(columns.map((one) => one.field));
  return { field: fields.find((one) => !taken.has(one)) ?? fields[0] ?? "", start: end + 1, length: WIDTH };
}

function placeAfter(field: string, index: number): FixedColumn {
  return { field, start: 1 + index * WIDTH, length: WIDTH };
}
