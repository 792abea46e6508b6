/** Every text of the queue of exceptions. */
import { formatNumber, plural } from "@openreg/ui";
import type { ExceptionStateName, Grouping } from "./api";

const states: Record<ExceptionStateName, string> = {
  open: "Open",
  amended: "Amended",
  resubmitted: "Resubmitted",
  resolved: "Resolved",
  accepted: "Accepted",
  rejected: "Rejected",
};

const groupings: Record<Grouping, string> = { rule: "By cause", report: "By report", entity: "By entity" };

const severities: Record<string, string> = {
  blocking: "Blocking",
  correctable: "Correctable",
  warning: "Warning",
};

const records = (count: number) => plural(count, { one: "# record", other: "# records" });

export const exceptionMessages = {
  title: "Exceptions",
  description: "Records that a run set aside: what is wrong with each, and who corrects it.",
  records,
  states,
  stateName: (state: string) => states[state as ExceptionStateName] ?? state,
  severityName: (severity: string) => severities[severity] ?? severity,
  stateTabs: "Exceptions by state",
  allStates: "All",
  statistics: "Statistics",
  exportCsv: "Export CSV",
  newOnes: (count: number) => plural(count, { one: "Show # new exception", other: "Show # new exceptions" }),
  firstUseTitle: "Nothing is set aside",
  firstUse: "Records with correctable findings come here instead of going into the file.",
  columns: {
    record: "Record",
    report: "Report",
    run: "Run",
    rule: "Rule",
    severity: "Severity",
    field: "Field",
    value: "Value",
    age: "Age",
    due: "Due",
    assignee: "Assignee",
    state: "State",
  },
  noKey: (row: number) => `Row ${formatNumber(row)}, no key`,
  more: (count: number) => `+${formatNumber(count)}`,
  moreTitle: (rules: string) => `Also: ${rules}`,
  nobody: "nobody",
  noRule: "by hand",
  proposed: "Acceptance proposed",
  overdue: "overdue",
  passes: "passes now",
  filters: {
    text: "Record key, id or run",
    report: "Report",
    anyReport: "Any report",
    rule: "Rule",
    anyRule: "Any rule",
    origin: "Why it is here",
    anyOrigin: "For any reason",
    origins: {
      finding: "Set aside by a rule",
      reported: "Opened to correct it",
      feedback: "Rejected by the regulator",
    },
    severity: "Severity",
    anySeverity: "Any severity",
    assignee: "Assignee",
    anyAssignee: "Anybody",
    mine: "Mine",
    unassigned: "Nobody’s",
    overdue: "Overdue only",
    repeats: "Repeats only",
    run: (id: string) => `Of run ${id}`,
  },
  groups: { by: "Group", none: "None", kinds: groupings, empty: "No group" },
  value: {
    null: "NULL",
    emptyText: "empty text",
    masked: "masked",
    maskedHint: "Personal data: reading it takes the permission pii:read, and is written down.",
    becomes: "becomes",
  },
} as const;
