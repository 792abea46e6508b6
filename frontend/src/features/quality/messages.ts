/** Every text of data quality. */
import { formatDate, formatDuration, plural } from "@openreg/ui";
import type { Indicator, QualitySeverity } from "./api";

const names: Record<Indicator, string> = {
  completeness: "Completeness",
  timeliness: "Timeliness",
  validity: "Validity",
  rejection_rate: "Rejections",
  amendments: "Amendments",
  repeats: "Repeats",
};

const unknown: Record<Indicator, string> = {
  completeness: "Nothing expected",
  timeliness: "No due time",
  validity: "Not counted",
  rejection_rate: "No feedback yet",
  amendments: "Nothing expected",
  repeats: "Nothing expected",
};

const severities: Record<QualitySeverity, string> = { warning: "Warning", critical: "Critical" };
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });
const MINUTE = 60;

export const qualityMessages = {
  title: "Data quality",
  description: "What was reported of what should be, how good it was, and whether it came in time.",
  names,
  explained: {
    completeness: "Records reported, of those that are to be reported",
    timeliness: "From the due time to the end of the day's first complete run",
    validity: "Checked records without any finding",
    rejection_rate: "Known once a regulator's feedback is read",
    amendments: "Records that were amended",
    repeats: "Records set aside that were set aside before, within 30 days",
  } satisfies Record<Indicator, string>,
  severities,
  allGood: "Within limits",
  report: "Report",
  day: "Reporting date",
  state: "State",
  latest: "Newest day of each report",
  value: (indicator: Indicator, value: string | null) => {
    if (value === null) return unknown[indicator];
    if (indicator !== "timeliness") return percent.format(Number(value));
    const minutes = Number(value);
    return minutes > 0
      ? `${formatDuration(minutes * MINUTE)} late`
      : `${formatDuration(-minutes * MINUTE)} early`;
  },
  firstUseTitle: "Nothing was measured yet",
  firstUse: "Each run that completes measures the quality of its reporting date.",
  trends: (report: string) => `Trends of ${report}`,
  view: "How the days are shown",
  chart: "Charts",
  table: "Table",
  from: "First reporting date",
  to: "Last reporting date",
  exportCsv: "Export CSV",
  noDays: "No day in this range was measured.",
  measure: "Measure again",
  measured: (days: number) => plural(days, { one: "# day was measured", other: "# days were measured" }),
  trend: (name: string, days: number, last: string) =>
    `${name}: ${plural(days, { one: "# day", other: "# days" })}, last ${last}`,
  point: (day: string, value: string) => `${formatDate(day)}: ${value}`,
  limit: (severity: QualitySeverity, value: string) => `${severities[severity]} at ${value}`,
  noValues: "No value in this range.",
  terms: "Limits",
  termsTitle: (report: string) => `Limits of ${report}`,
  dueTime: "Due at",
  dueTimeHint: "By the clock of the organisation; empty: no due time",
  dueDays: "Working days after the reporting date",
  holdDays: "Held records are old after so many days",
  warningOf: (indicator: Indicator) => `${names[indicator]}: warning`,
  criticalOf: (indicator: Indicator) => `${names[indicator]}: critical`,
  below: "Percent; a smaller value crosses the limit",
  above: "Percent; a larger value crosses the limit",
  minutes: "Minutes after the due time; a larger value crosses the limit",
  save: "Save the limits",
  saved: "The limits are saved",
  figures: {
    expected: "Expected",
    reported: "Reported",
    held: "Held",
    set_aside: "Set aside",
  },
};
