/** Every text of the search for a transaction. */
import type { Schema } from "@/api/types";

const states: Record<Schema<"RecordState">, string> = {
  draft: "Set aside",
  validated: "Validated",
  approved: "Approved",
  queued: "Queued",
  sent: "Sent",
  file_accepted: "File received",
  pending: "Pending",
  accepted: "Accepted",
  rejected: "Rejected",
  corrected: "Corrected",
  cancelled: "Cancelled",
  excluded: "Not reported",
};

const kinds: Record<Schema<"TimelineKind">, string> = {
  run: "Run",
  exception: "Exception",
  submission: "Submission",
  delivery: "Delivery",
  advice: "Regulator",
};

export const transactionMessages = {
  title: "Transactions",
  description: "What happened to a transaction: where it was reported, sent, answered and corrected.",
  label: "Transaction",
  hint: "Its key, its reference, entity and reference together, or the id of an exception",
  search: "Search",
  stateName: (state: Schema<"RecordState">) => states[state],
  kindName: (kind: Schema<"TimelineKind">) => kinds[kind],
  /** The words of the API read as they are: `set_aside_again`. */
  what: (what: string) => what.replaceAll("_", " "),
  heading: (key: string | null, row: number) => key ?? `Row ${row}`,
  facts: {
    report: "Report",
    date: "Reporting date",
    run: "Run",
    submission: "Submission",
    exception: "Exception",
    status: "Status",
    row: "Row",
  },
  open: "Open",
  none: "Nothing found",
  noneText: "No run that was looked through has this record.",
  nothingYet: "Search for a transaction",
  nothingYetText: "The newest runs are looked through first.",
  more: "Look through older runs",
};
