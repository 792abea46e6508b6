/** What a change of the format does to a file: options of another format go, places of fixed width are made. */
import { formats, type FixedColumn, type OutputFormat, type ReportOutput } from "./document";
import { blankXml } from "./xmlMapping";

const WIDTH = 20;

/** XML is the message of the pack or that of own schemas: two formats to people. */
export const formatChoices = [...formats, "own_xml"] as const;
export type FormatChoice = (typeof formatChoices)[number];

export function choiceOf({ format, xml }: ReportOutput): FormatChoice {
  return format === "xml" && xml ? "own_xml" : format;
}

export function isPackedInItself(format: OutputFormat): boolean {
  return format === "xlsx" || format === "parquet";
}

export function withFormat(
  output: ReportOutput,
  choice: FormatChoice,
  fields: readonly string[],
): ReportOutput {
  const { packaging, max_bytes } = output;
  const format: OutputFormat = choice === "own_xml" ? "xml" : choice;
  const kept = { ...output, format };
  delete kept.csv;
  delete kept.fixed_width;
  delete kept.decimals;
  delete kept.xml;
  delete kept.max_bytes;
  if (isPackedInItself(format)) return { ...kept, packaging: "none" };
  return {
    ...kept,
    packaging,
    ...(max_bytes ? { max_bytes } : {}),
    ...(choice === "own_xml" ? { xml: output.xml ?? blankXml } : {}),
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
