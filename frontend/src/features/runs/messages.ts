/** Every text of the run screens. */
import { plural } from "@openreg/ui";

export const runMessages = {
  title: "Runs",
  description: "Every production of a report, newest first.",
  columns: { run: "Run", date: "Reporting date", state: "State", started: "Started", duration: "Duration" },
  filterState: "State",
  anyState: "Any state",
  firstUseTitle: "No run yet",
  firstUse:
    "A run reads the source, checks every record and writes the file. Start one from an active report.",
  notFinished: "not finished",
  held: "Held",
  detail: {
    title: (sequence: number) => `Run ${sequence}`,
    report: "Report",
    reportingDate: "Reporting date",
    created: "Requested",
    started: "Started",
    finished: "Finished",
    attempt: "Attempt",
    copyId: "run id",
    rows: (count: number) => plural(count, { one: "# row", other: "# rows" }),
  },
  states: {
    pending: "Pending",
    running: "Running",
    cancelling: "Cancelling",
    succeeded: "Succeeded",
    partial: "Partial",
    failed: "Failed",
    cancelled: "Cancelled",
  },
} as const;
