/** Every text of the held records. */
import { plural } from "@openreg/ui";
import type { HandDecision, HeldState } from "./api";

const states: Record<HeldState, string> = {
  held: "Held",
  released: "Released",
  reported: "Reported",
  excluded: "Excluded",
};

export const heldMessages = {
  title: "Held records",
  description: "Records that a decision of their report holds until their data arrives.",
  stateName: (state: HeldState) => states[state],
  stateTabs: "States",
  allStates: "All",
  columns: {
    record: "Record",
    report: "Report",
    date: "Reporting date",
    why: "Held because",
    state: "State",
    since: "Since",
    looked: "Last look",
    note: "What was decided",
    run: "Run",
  },
  noKey: (row: number) => `Row ${row}`,
  neverLooked: "Not yet",
  by: (who: string) => `by ${who}`,
  reportedIn: "Reported in a run",
  search: "Part of the key",
  exportCsv: "Export CSV",
  review: "Look again",
  reviewAsked: (runs: number) =>
    plural(runs, {
      one: "The records of # run are looked at within a minute",
      other: "The records of # runs are looked at within a minute",
    }),
  nothingWaits: "Nothing waits",
  chosen: (count: number) => plural(count, { one: "# record chosen", other: "# records chosen" }),
  release: "Release",
  exclude: "Exclude",
  decide: {
    release: (count: number) => plural(count, { one: "Release # record", other: "Release # records" }),
    exclude: (count: number) => plural(count, { one: "Exclude # record", other: "Exclude # records" }),
  } satisfies Record<HandDecision, (count: number) => string>,
  effect: {
    release: "They can be reported, whatever the decisions of their report say.",
    exclude: "They are closed and never reported by this run.",
  } satisfies Record<HandDecision, string>,
  reason: "Reason",
  reasonHint: "Kept with each record and in the audit log",
  reasonMissing: "Say why.",
  done: {
    release: (count: number) =>
      plural(count, { one: "# record is released", other: "# records are released" }),
    exclude: (count: number) =>
      plural(count, { one: "# record is excluded", other: "# records are excluded" }),
  } satisfies Record<HandDecision, (count: number) => string>,
  report: "Report",
  reported: (records: number) =>
    plural(records, {
      one: "A supplemental run reports # record",
      other: "A supplemental run reports # records",
    }),
  firstUseTitle: "No record is held",
  firstUse: "Decisions under Eligibility in a report's editor hold records until their data arrives.",
};
