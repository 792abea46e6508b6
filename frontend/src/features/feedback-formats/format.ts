/** A format in the making, and what is sent of it. */
import type { Schema } from "@/api/types";

type AdviceState = Schema<"AdviceState">;

export const columnNames = ["record_id", "state", "message_id", "rule_id", "text"] as const;
export type ColumnName = (typeof columnNames)[number];
export const meanings = [
  "accepted",
  "rejected",
  "pending",
  "received",
] as const satisfies readonly AdviceState[];
export const delimiters = [",", ";", "\t", "|"] as const;
export const encodings = ["utf-8-sig", "utf-16", "windows-1252", "latin-1"] as const;

export interface Meaning {
  word: string;
  state: AdviceState;
}

export interface FormatDraft {
  columns: Partial<Record<ColumnName, string>>;
  meanings: Meaning[];
  delimiter: string;
  encoding: string;
  file_name: string;
}

export const blankFormat: FormatDraft = {
  columns: {},
  meanings: [],
  delimiter: ",",
  encoding: "utf-8-sig",
  file_name: "*.csv",
};

export function readFormat(format: Schema<"AnswerFormat"> | null): FormatDraft {
  if (!format) return blankFormat;
  const named = columnNames.flatMap((name) => (format[name] ? [[name, format[name]] as const] : []));
  return {
    columns: Object.fromEntries(named),
    meanings: Object.entries(format.states ?? {}).map(([word, state]) => ({ word, state })),
    delimiter: format.delimiter ?? blankFormat.delimiter,
    encoding: format.encoding ?? blankFormat.encoding,
    file_name: format.file_name ?? blankFormat.file_name,
  };
}

export function writtenFormat({ columns, meanings: words, ...table }: FormatDraft) {
  const named = columnNames.flatMap((name) => (columns[name] ? [[name, columns[name]] as const] : []));
  const said = words
    .filter(({ word }) => word.trim() !== "")
    .map(({ word, state }) => [word, state] as const);
  return {
    ...(Object.fromEntries(named) as Partial<Record<ColumnName, string>>),
    ...table,
    states: Object.fromEntries(said),
  };
}

export function isComplete({ columns, file_name }: FormatDraft): boolean {
  return Boolean(columns.record_id && columns.state && file_name.trim());
}

/** Words that a sample holds and that mean nothing yet, each with a meaning to be looked at. */
export function withWords(draft: FormatDraft, words: readonly string[]): FormatDraft {
  const known = new Set(draft.meanings.map(({ word }) => word.trim().toLowerCase()));
  const added = words.filter((word) => !known.has(word.trim().toLowerCase()));
  return {
    ...draft,
    meanings: [...draft.meanings, ...added.map((word) => ({ word, state: guessed(word) }))],
  };
}

function guessed(word: string): AdviceState {
  if (/rej|nok|nak|not |fail|err|inval/i.test(word)) return "rejected";
  if (/pend|wait|hold/i.test(word)) return "pending";
  return /acc|ok|ack|succ|valid/i.test(word) ? "accepted" : "received";
}
