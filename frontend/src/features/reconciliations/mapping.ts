/** Which column of an extract is which field: what is being put together on the screen, and what is sent. */
import type { Schema } from "@/api/types";
import type { ReportField } from "./api";

export type ExtractMapping = Schema<"ExtractMapping">;

/** One column of the file on the screen; without a field it is not compared. */
export interface ColumnDraft {
  column: string;
  field: string | null;
  isKey: boolean;
  format: string;
  ignoreCase: boolean;
}

export interface MappingDraft {
  columns: ColumnDraft[];
  timeZone: string;
  decimalComma: boolean;
  emptyWords: string;
}

const plain = (column: string): ColumnDraft => ({
  column,
  field: null,
  isKey: false,
  format: "",
  ignoreCase: false,
});

/** The columns of a file, mapped as far as a mapping knows them. */
export function draftOf(header: string[], mapping: ExtractMapping | null): MappingDraft {
  const known = new Map((mapping?.columns ?? []).map((one) => [one.column, one]));
  return {
    columns: header.map((column) => {
      const one = known.get(column);
      if (!one) return plain(column);
      return {
        column,
        field: one.field,
        isKey: one.is_key ?? false,
        format: one.format ?? "",
        ignoreCase: one.ignore_case ?? false,
      };
    }),
    timeZone: mapping?.time_zone ?? "UTC",
    decimalComma: mapping?.decimal_comma ?? false,
    emptyWords: (mapping?.empty_words ?? []).join(", "),
  };
}

/** A column is given a field; the fields that the regime names records by are keys at once. */
export function withField(draft: ColumnDraft, field: string | null, fields: ReportField[]): ColumnDraft {
  return { ...draft, field, isKey: fields.some((one) => one.name === field && one.is_key) };
}

/** What is wrong with a mapping, in the order in which one would repair it; null when it can be used. */
export function faultOf(draft: MappingDraft): "no_key" | "nothing_compared" | "field_twice" | null {
  const mapped = draft.columns.filter((one) => one.field !== null);
  if (!mapped.some((one) => one.isKey)) return "no_key";
  if (new Set(mapped.map((one) => one.field)).size < mapped.length) return "field_twice";
  return mapped.every((one) => one.isKey) ? "nothing_compared" : null;
}

export function mappingOf(draft: MappingDraft, encoding: string, delimiter: string | null): ExtractMapping {
  return {
    columns: draft.columns.flatMap(({ column, field, isKey, format, ignoreCase }) =>
      field === null
        ? []
        : [{ column, field, is_key: isKey, format: format.trim() || null, ignore_case: ignoreCase }],
    ),
    time_zone: draft.timeZone.trim() || "UTC",
    decimal_comma: draft.decimalComma,
    empty_words: draft.emptyWords
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean),
    delimiter,
    encoding,
  };
}
