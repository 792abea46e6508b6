/** Texts of what exceptions say together. */
import { plural } from "@openreg/ui";

const records = (count: number) => plural(count, { one: "# record", other: "# records" });

export const statisticsMessages = {
  title: "Statistics of exceptions",
  description: "What sets records aside, and how long they wait.",
  period: (since: string, until: string) => `Reporting dates from ${since} to ${until}.`,
  back: "Exceptions",
  report: "Report",
  anyReport: "Any report",
  since: "Reporting date from",
  until: "Reporting date to",
  overdue: (count: number) =>
    plural(count, { one: "# exception is overdue", other: "# exceptions are overdue" }),
  none: "No record was set aside.",
  noneOpen: "Nobody has to deal with anything.",
  records: "Records",
  exceptions: "Exceptions",
  causes: "Top causes",
  causesHint: "Records by the rule that set them aside first.",
  causesSummary: (rule: string | undefined, count: number) =>
    rule === undefined ? "No cause" : `Top causes: first ${rule} with ${records(count)}`,
  rule: "Rule",
  ages: "Ageing",
  agesHint: "Open and amended exceptions by the days since they were set aside.",
  agesSummary: (count: number) =>
    `Ageing of ${plural(count, { one: "# exception", other: "# exceptions" })} that wait`,
  age: "Age",
  days: (range: string) => `${range} d`,
  daily: "By reporting date",
  dailyHint: "Records set aside by the runs of each date.",
  dailySummary: (days: number, count: string) =>
    `${count} records set aside on ${plural(days, { one: "# reporting date", other: "# reporting dates" })}`,
  day: "Reporting date",
  setAside: "Set aside",
  repeats: "Repeats",
  repeatsHint: "Records that several runs have set aside.",
  repeatsSummary: (count: number) => `${records(count)} came back`,
  noRepeats: "No record has come back.",
  record: "Record",
  times: "Times",
} as const;
