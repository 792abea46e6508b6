import { formatNumber, plural } from "@openreg/ui";

const percent = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 2 });

export const ruleMessages = {
  title: "Rules",
  description: "Every rule that judges records: those of regimes, of rule sets and of reports.",
  search: "Search rules",
  exportCsv: "Export CSV",
  firstUseTitle: "No rules yet",
  firstUse: "Rules come with regimes, rule sets and reports.",
  count: (count: number) => plural(count, { one: "# rule", other: "# rules" }),
  columns: {
    id: "Rule",
    title: "Says",
    owner: "Written in",
    severity: "Severity",
    source: "Text",
    reports: "Reports",
    failed: "Failed, 30 days",
  },
  any: {
    origin: "Written anywhere",
    severity: "Any severity",
    phase: "Any phase",
    source: "Any text",
    order: "By id",
  },
  order: { id: "By id", "-fail_rate": "Failing most first" },
  orderLabel: "Order",
  failing: "Failing only",
  origins: { pack: "Regimes", rule_set: "Rule sets", report: "Reports" },
  sources: { verified: "Verified", brought: "Brought by you", unverified: "Unverified" },
  off: "Switched off",
  official: "Official text",
  unused: "None",
  reportCount: (count: number) => plural(count, { one: "# report", other: "# reports" }),
  rate: (rate: number | null) => (rate === null ? "Not asked" : percent.format(rate)),
  failures: (failures: number, records: number) =>
    `${formatNumber(failures)} of ${formatNumber(records)} records`,
  back: "All rules",
  facts: {
    owner: "Written in",
    citation: "Citation",
    fields: "Fields",
    days: "Reporting dates",
    failed: "Failed in 30 days",
    reports: "Judges",
  },
  days: (from: string | null, to: string | null) => {
    if (!from && !to) return "All";
    if (!to) return `From ${from ?? ""}`;
    return from ? `From ${from}, before ${to}` : `Before ${to}`;
  },
  none: "None",
  parts: "Conditions",
  part: "Part",
  condition: "Condition",
  message: "Message",
  runs: "Runs in which it failed last",
  noRuns: "It has not failed in the last 30 days.",
  run: "Run",
  report: "Report",
  date: "Reporting date",
  records: "Records",
  test: {
    title: "Test on the first rows of a report",
    hint: "Reads the source now; nothing is kept. Failing rows stand first.",
    report: "Report",
    date: "Reporting date",
    action: "Test",
    row: "Row",
    verdict: "Verdict",
    values: "Values",
    none: "The source has no rows for this day.",
    verdicts: {
      passed: "Passed",
      failed: "Failed",
      unknown: "Passed, not known",
      not_evaluated: "Not evaluated",
    },
  },
} as const;
