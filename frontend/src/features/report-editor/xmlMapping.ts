/** The mapping of an output to elements of own schemas: its rows, its paths, and what is asked for and not mapped. */
import type { Fault } from "./api";
import type { XmlOptions } from "./document";

export const blankXml: XmlOptions = { schema_package_id: "", record: "", fields: {} };

export interface MappingRow {
  kind: "field" | "text";
  /** As the document writes it: fields below the record, texts from the root. */
  written: string;
  /** From the root element. */
  path: string;
  value: string;
}

export function rowsOf({ record, fields, elements = {} }: XmlOptions): MappingRow[] {
  const texts = Object.entries(elements).map(([written, value]): MappingRow => ({
    kind: "text",
    written,
    path: written,
    value,
  }));
  const values = Object.entries(fields).map(([written, value]): MappingRow => ({
    kind: "field",
    written,
    path: `${record}/${written}`,
    value,
  }));
  return [...texts, ...values];
}

export function isInRecord(record: string, path: string): boolean {
  return record !== "" && path.startsWith(`${record}/`);
}

/** A value for a path from the root: of a field only below the record. What the path had before is replaced. */
export function withValue(
  xml: XmlOptions,
  kind: MappingRow["kind"],
  path: string,
  value: string,
): XmlOptions {
  if (kind === "text") return { ...xml, elements: { ...xml.elements, [path]: value } };
  return { ...xml, fields: { ...xml.fields, [path.slice(xml.record.length + 1)]: value } };
}

export function withoutRow(xml: XmlOptions, { kind, written }: MappingRow): XmlOptions {
  const part = kind === "text" ? (xml.elements ?? {}) : xml.fields;
  const rest = Object.fromEntries(Object.entries(part).filter(([path]) => path !== written));
  return kind === "text" ? { ...xml, elements: rest } : { ...xml, fields: rest };
}

/** Another record element: fields that are still below it keep their elements, the others their written paths. */
export function withRecord(xml: XmlOptions, record: string): XmlOptions {
  const fields = Object.entries(xml.fields).map(([written, field]) => {
    const path = `${xml.record}/${written}`;
    return [isInRecord(record, path) ? path.slice(record.length + 1) : written, field];
  });
  return { ...xml, record, fields: Object.fromEntries(fields) as Record<string, string> };
}

export const EVERY_PART = "*";

/** The path with numbers of copies at some of its steps, counted from 0; the first copy needs none. */
export function withCopies(path: string, copies: ReadonlyMap<number, string>): string {
  return path
    .split("/")
    .map((step, index) => {
      const copy = copies.get(index);
      return copy === undefined || copy === "1" ? step : `${step}[${copy}]`;
    })
    .join("/");
}

/** The path as the tree of elements has it. */
export function withoutCopies(path: string): string {
  return path.replace(/\[[^\]]*\]/g, "");
}

const ASKS = new Set(["xml_element_missing", "xml_attribute_missing"]);

export interface Wanted {
  path: string;
  detail: string;
}

/** What the schemas ask for and nobody mapped; the check names it from the root, or below the record. */
export function wantedOf(faults: readonly Fault[], record: string): Wanted[] {
  const root = record.split("/")[0] ?? "";
  const found = faults.filter((fault) => ASKS.has(fault.code) && fault.suggestion);
  return found.map(({ suggestion, detail }) => {
    const path = suggestion ?? "";
    return { path: path === root || path.startsWith(`${root}/`) ? path : `${record}/${path}`, detail };
  });
}

/** The other faults: those of a row by its path, the rest by themselves. */
export function faultsOfRows(faults: readonly Fault[], pointer: string, rows: readonly MappingRow[]) {
  const byRow = new Map<string, Fault[]>();
  const others: Fault[] = [];
  const pointers = new Map(
    rows.map((row) => [
      `${pointer}/${row.kind === "field" ? "fields" : "elements"}/${escaped(row.written)}`,
      rowKey(row),
    ]),
  );
  for (const fault of faults) {
    if (ASKS.has(fault.code) && fault.suggestion) continue;
    const key = pointers.get(fault.pointer);
    if (key === undefined) others.push(fault);
    else byRow.set(key, [...(byRow.get(key) ?? []), fault]);
  }
  return { byRow, others };
}

export const rowKey = ({ kind, written }: MappingRow) => `${kind} ${written}`;

function escaped(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
