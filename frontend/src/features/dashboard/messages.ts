/** Every text of the dashboard. */
import { formatDate, formatNumber, plural } from "@openreg/ui";
import type { DayState } from "./days";

const dayStates: Record<DayState, string> = {
  succeeded: "Succeeded",
  partial: "Partial",
  failed: "Failed",
  cancelled: "Cancelled",
  unfinished: "Under way",
};

export const dashboardMessages = {
  title: "Dashboard",
  day: (date: string, zone: string) => `${formatDate(date)} in ${zone}`,
  attention: {
    title: "Needs attention",
    failed: "Failed runs, 7 days",
    held: "Held runs",
    exceptions: "Records set aside",
    approvals: "Approvals for you",
    waiting: (count: number) => plural(count, { one: "# in review", other: "# in review" }),
    deliveries: "Deliveries failed",
    retrying: (count: number) => plural(count, { one: "# tries again", other: "# try again" }),
    allClear: "Nothing needs attention",
    allClearText: "No failed or held run, nothing to approve, every delivery got through.",
    atLeast: (count: number, limit: number) =>
      count >= limit ? `${formatNumber(limit)}+` : formatNumber(count),
  },
  lists: {
    failed: "Failed",
    held: "Held for a decision",
    unfinished: "Under way",
    all: "Show all",
    report: "Report",
    date: "Reporting date",
    state: "State",
    when: "Requested",
    run: "Run",
  },
  quality: {
    title: "Data quality",
    all: "Show all",
    crossed: "Crossed limits",
    indicator: (name: string, value: string) => `${name} ${value}`,
    good: (count: number) =>
      plural(count, { one: "# report is within its limits", other: "All # reports are within their limits" }),
    more: (count: number) =>
      plural(count, {
        one: "# more report has crossed a limit",
        other: "# more reports have crossed a limit",
      }),
  },
  today: {
    title: "Today",
    none: "No run was started today.",
  },
  days: {
    title: "Last 14 days",
    view: "How the days are shown",
    chart: "Chart",
    table: "Table",
    none: "No run in the last 14 days.",
    summary: (name: string, runs: number, failed: number) =>
      `${name}: ${plural(runs, { one: "# run", other: "# runs" })}, ${formatNumber(failed)} failed`,
    report: "Report",
    day: "Day",
    states: dayStates,
    runs: (count: number) => plural(count, { one: "# run", other: "# runs" }),
    dayOf: (date: string, parts: string) => `${formatDate(date)}: ${parts}`,
    part: (state: DayState, count: number) => `${formatNumber(count)} ${dayStates[state].toLowerCase()}`,
    noRun: "no run",
  },
  checklist: {
    others: "Somebody whose role may do this takes this step.",
    title: "First steps",
    text: "From a database to a delivered file.",
    done: "done",
    open: "to do",
    steps: {
      connector: { name: "Connect a source", text: "Store access to the database that the records are in." },
      report: { name: "Create a report", text: "Choose what is to be reported, and name it." },
      version: { name: "Write its first version", text: "Source query, fields, rules and output." },
      activated: { name: "Have it approved", text: "Somebody else looks at it; then it is active." },
      run: { name: "Run it", text: "Produce the file of one day." },
      delivered: { name: "Deliver it", text: "Send the file to a destination." },
    },
  },
  seeNothing: "Your roles show nothing here. An administrator of this tenant can change them.",
} as const;
