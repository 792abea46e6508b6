/** The columns of a record that can be changed, and those that a change is about. */
import type { ExceptionDetail, RecordValueAnswer } from "./api";
import { draftOf, type ChangeDraft, type Frame } from "./drafts";

export interface AmendableColumn {
  frame: Frame;
  name: string;
  title: string;
  type: string;
  /** As the record has it now. */
  value: string | null;
  isMasked: boolean;
}

/** Values that somebody may not see cannot be changed by them either. */
export function columnsOf(found: ExceptionDetail): AmendableColumn[] {
  return [...asColumns("source", found.source), ...asColumns("target", found.target)].filter(
    (one) => !one.isMasked,
  );
}

function asColumns(frame: Frame, values: RecordValueAnswer[]): AmendableColumn[] {
  return values.map((one) => ({
    frame,
    name: one.column,
    title: one.field_name ?? one.column,
    type: one.type,
    value: one.current,
    isMasked: one.is_masked,
  }));
}

export interface Involved {
  source: ReadonlySet<string>;
  target: ReadonlySet<string>;
}

/** What the findings look at, what was amended, and the source columns that those fields are made from. */
export function involvedColumns(found: ExceptionDetail): Involved {
  const named = new Set(
    [...found.findings, ...found.current_findings].flatMap((finding) => finding.columns ?? []),
  );
  const target = found.target.filter((one) => named.has(one.column) || one.is_amended);
  const from = new Set(target.flatMap((one) => one.source_columns ?? []));
  const source = found.source.filter(
    (one) => named.has(one.column) || one.is_amended || from.has(one.column),
  );
  return {
    source: new Set(source.map((one) => one.column)),
    target: new Set(target.map((one) => one.column)),
  };
}

/** What is most likely to be changed: source columns, if they are few enough to be looked at together. */
export function likelyDrafts(found: ExceptionDetail): ChangeDraft[] {
  const involved = involvedColumns(found);
  const likely = columnsOf(found).filter((one) => one.frame === "source" && involved.source.has(one.name));
  return likely.length > MOST_LIKELY ? [] : likely.map((one) => draftOf("source", one.name, one.value));
}

const MOST_LIKELY = 3;
