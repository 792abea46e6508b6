/** Texts of what is done with many exceptions at once. */
import { formatNumber, plural } from "@openreg/ui";

const exceptions = (count: number) => plural(count, { one: "# exception", other: "# exceptions" });
const records = (count: number) => plural(count, { one: "# record", other: "# records" });

export const bulkMessages = {
  label: "Selected exceptions",
  selected: (count: number) => `${exceptions(count)} selected`,
  clear: "Clear the selection",
  amend: "Amend",
  resubmit: "Resubmit",
  tooMany: (most: number) => `At most ${formatNumber(most)} can be changed together.`,
  notWorkable: "Some are dealt with already or on their way: only open and amended ones can be changed.",
  severalReports: "Records of several reports have different columns: they are amended report by report.",
  acceptTitle: (count: number) => `Accept ${records(count)} as they are?`,
  accepted: (count: number) => `${exceptions(count)}: accepted, or proposed where somebody has to agree`,
  rejectTitle: (count: number) => `Reject ${records(count)}?`,
  rejected: (count: number) => `${exceptions(count)} rejected`,
  amendDialog: {
    title: (count: number) => `Amend ${records(count)}`,
    loading: "Reading the columns",
    show: "Show what would change",
    shown: "What would change",
    back: "Change it",
    save: (count: number) => `Amend ${records(count)}`,
    saved: (count: number) => `${records(count)} amended`,
    record: "Record",
    change: "Change",
    findings: "Findings then",
    unchanged: "stays as it is",
    passes: "none",
    summary: (changed: number, passing: number) =>
      `${records(changed)} would change; ${formatNumber(passing)} would pass every rule.`,
    expressionHint: "An expression is computed over each row, such as upper(trade_ref) or quantity * 100.",
  },
  resubmitDialog: {
    title: (count: number) => `Resubmit ${records(count)}`,
    text: "A supplemental run makes a file of these records only, with their amendments, by the version of the report that set them aside.",
    records: "Records",
    action: "What they become in the file",
    byRecord: "What each record needs",
    byRecordHint:
      "What was reported is cancelled and reported again, as after a regulator's rejection; anything else is new.",
    new: "New records",
    newHint: "None of them was reported before.",
    cancelAndNew: "Cancel, then new",
    cancelAndNewHint: "They were reported: the file first cancels each, then reports it again.",
    unchecked: (count: number) =>
      plural(count, {
        one: "# of them was not amended: it will be set aside again unless something else has changed.",
        other: "# of them were not amended: they will be set aside again unless something else has changed.",
      }),
    andMore: (count: number) => plural(count, { one: "and # more", other: "and # more" }),
    confirm: "Resubmit",
    started: (count: number) =>
      plural(count, {
        one: "The supplemental run was requested",
        other: "# supplemental runs were requested",
      }),
    openRun: "Open the supplemental run",
    takes: (count: number) => `with ${records(count)}`,
    oldVersion: (used: string, newest: string) =>
      `It is made by version ${used}, as the run was; version ${newest} is active now.`,
    done: "Done",
  },
} as const;
