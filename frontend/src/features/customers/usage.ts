/** Calls by day as a chart shows them: every day has its bar, also one without calls. */
import type { ChartData } from "@openreg/ui/charts";
import type { CustomerUsage } from "./api";
import { customerMessages } from "./messages";

const text = customerMessages.usage;
const DAY_MS = 86_400_000;
const DAYS = 30;
const FIRST_REFUSED = 400;

const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);

/** The last days by UTC, the present one included. */
export function lastDays(now: Date): { first: string; last: string } {
  return { first: dayOf(now.getTime() - (DAYS - 1) * DAY_MS), last: dayOf(now.getTime()) };
}

export function chartOf(usage: Pick<CustomerUsage, "first" | "last" | "groups">): ChartData {
  const days = new Map<string, [number, number]>();
  for (let at = Date.parse(usage.first); at <= Date.parse(usage.last); at += DAY_MS)
    days.set(dayOf(at), [0, 0]);
  for (const group of usage.groups) {
    const sums = group.day && days.get(group.day);
    if (sums) sums[(group.status ?? 0) < FIRST_REFUSED ? 0 : 1] += group.requests;
  }
  return {
    head: text.day,
    series: [
      { name: text.answered, tone: "success" },
      { name: text.refused, tone: "failed" },
    ],
    rows: [...days].map(([day, sums]) => ({ key: day, name: day.slice(5), values: sums })),
  };
}

export function summaryOf(data: ChartData): string {
  const sum = (place: number) => data.rows.reduce((all, row) => all + (row.values[place] ?? 0), 0);
  return text.summary(sum(0), sum(1));
}
