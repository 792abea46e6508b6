/** Every text of usage. */
import { formatDateTime, formatNumber } from "@openreg/ui";

export const usageMessages = {
  title: "Usage",
  description: "Calls by day, by UTC; a call appears here some seconds after it was made.",
  day: "Day",
  period: "Period",
  periods: { month: "This month", week: "7 days", thirty: "30 days", ninety: "90 days" },
  first: "From",
  last: "To",
  export: "Export CSV",
  fileName: (first: string, last: string) => `usage-${first}-${last}.csv`,
  quota: "This month",
  quotaOf: (counted: number, quota: number) => `${formatNumber(counted)} of ${formatNumber(quota)} calls`,
  noQuota: (counted: number) => `${formatNumber(counted)} calls; the plan sets no limit for a month.`,
  quotaEnds: (at: string) => `Begins again at ${formatDateTime(at)}.`,
  quotaStates: {
    warning: "More than 80 % of the month is used. A mail has told the owners.",
    used: "All calls of the month are used: further ones are refused until the next month, or until the plan is larger.",
  },
  calls: "Calls by day",
  callsSummary: (count: number, days: number) =>
    `${formatNumber(count)} calls in ${formatNumber(days)} days, by how they ended. The table says the same.`,
  none: "No calls in these days.",
  outcomes: { answered: "Answered", refused: "Refused", limited: "Over the limit", failed: "Failed" },
  requests: "Calls",
  byRoute: "By endpoint",
  byKey: "By key",
  endpoint: "Endpoint",
  key: "Key",
  formerKey: "a key that is not listed any more",
} as const;
