/** An entry as a form holds it: texts that may be half typed, and what is sent of them. */
import type { EntryBody, EntryDetail, EntryKind, FoundBy, RootCause } from "./api";

export interface DraftDay {
  report_id: string;
  reporting_date: string;
  records: string;
}

export interface Draft {
  title: string;
  kind: EntryKind;
  found_by: FoundBy;
  description: string;
  root_cause: RootCause | null;
  root_cause_text: string;
  report_ids: string[];
  occurred_from: string;
  occurred_to: string;
  discovered_on: string;
  corrected_on: string;
  days: DraftDay[];
  affected_fields: string[];
  authority: string;
  authority_reference: string;
}

/** What a form needs of an entry. */
export type EntryFields = Pick<EntryDetail, (keyof EntryBody & keyof EntryDetail) | "reports">;

/** Days that a form shows one by one. */
export const MOST_DAYS = 60;

export function emptyDraft(today: string, foundBy: FoundBy): Draft {
  return {
    title: "",
    kind: "error",
    found_by: foundBy,
    description: "",
    root_cause: null,
    root_cause_text: "",
    report_ids: [],
    occurred_from: today,
    occurred_to: "",
    discovered_on: today,
    corrected_on: "",
    days: [],
    affected_fields: [],
    authority: "",
    authority_reference: "",
  };
}

export function draftOf(entry: EntryFields): Draft {
  return {
    title: entry.title,
    kind: entry.kind,
    found_by: entry.found_by,
    description: entry.description,
    root_cause: entry.root_cause,
    root_cause_text: entry.root_cause_text,
    report_ids: entry.reports.map((one) => one.id),
    occurred_from: entry.occurred_from,
    occurred_to: entry.occurred_to ?? "",
    discovered_on: entry.discovered_on,
    corrected_on: entry.corrected_on ?? "",
    days: entry.affected_days.map((one) => ({
      report_id: one.report_id,
      reporting_date: one.reporting_date,
      records: one.records === null || one.records === undefined ? "" : String(one.records),
    })),
    affected_fields: entry.affected_fields,
    authority: entry.authority,
    authority_reference: entry.authority_reference,
  };
}

/** What is sent; a day without report or date was begun and given up. */
export function bodyOf(draft: Draft): EntryBody {
  const { days, root_cause, occurred_to, corrected_on, ...others } = draft;
  return {
    ...others,
    title: draft.title.trim(),
    root_cause,
    occurred_to: occurred_to || null,
    corrected_on: corrected_on || null,
    affected_days: days
      .filter((one) => one.report_id && one.reporting_date)
      .map((one) => ({
        report_id: one.report_id,
        reporting_date: one.reporting_date,
        records: /^\d+$/.test(one.records.trim()) ? Number(one.records) : null,
      })),
  };
}

export function isComplete(draft: Draft): boolean {
  return draft.title.trim() !== "" && draft.occurred_from !== "" && draft.discovered_on !== "";
}
