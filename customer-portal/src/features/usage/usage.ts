/** Usage as charts and tables show it. */
import type { ChartData } from "@openreg/ui/charts";
import { formatDate } from "@openreg/ui";
import type { UsageGroup } from "./api";
import { usageMessages as text } from "./messages";

const DAY_MS = 86_400_000;
const TOO_MANY_CALLS = 429;
const NOTICE_SHARE = 0.8;

/** Every day from the first to the last, both included. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += DAY_MS)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** The last so many days, today included, by UTC. */
export function lastDays(count: number, now: Date): { first: string; last: string } {
  const last = now.toISOString().slice(0, 10);
  return {
    first: new Date(Date.parse(`${last}T00:00:00Z`) - (count - 1) * DAY_MS).toISOString().slice(0, 10),
    last,
  };
}

export interface Outcome {
  answered: number;
  /** Refused for what was asked or with which key; calls over the limit are told apart. */
  refused: number;
  limited: number;
  failed: number;
}

export function outcomeOf(groups: readonly UsageGroup[]): Outcome {
  const outcome: Outcome = { answered: 0, refused: 0, limited: 0, failed: 0 };
  for (const { status, requests } of groups) outcome[kindOf(status ?? 0)] += requests;
  return outcome;
}

function kindOf(status: number): keyof Outcome {
  if (status === TOO_MANY_CALLS) return "limited";
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "answered";
}

/** Days with calls by how they ended; days without any are there too. */
export function chartOfDays(groups: readonly UsageGroup[], first: string, last: string): ChartData {
  const byDay = groupedBy(groups, (group) => group.day ?? "");
  return {
    head: text.day,
    series: [
      { name: text.outcomes.answered, tone: "success" },
      { name: text.outcomes.refused, tone: "neutral" },
      { name: text.outcomes.limited, tone: "warning" },
      { name: text.outcomes.failed, tone: "failed" },
    ],
    rows: daysBetween(first, last).map((day) => {
      const outcome = outcomeOf(byDay.get(day) ?? []);
      return {
        key: day,
        name: formatDate(day),
        values: [outcome.answered, outcome.refused, outcome.limited, outcome.failed],
      };
    }),
  };
}

export interface UsageRow extends Outcome {
  name: string;
  requests: number;
}

/** One row for each route or key, the busiest first. */
export function rowsBy(groups: readonly UsageGroup[], nameOf: (group: UsageGroup) => string): UsageRow[] {
  return [...groupedBy(groups, nameOf)]
    .map(([name, own]) => ({
      name,
      requests: own.reduce((sum, group) => sum + group.requests, 0),
      ...outcomeOf(own),
    }))
    .sort((one, other) => other.requests - one.requests || one.name.localeCompare(other.name));
}

function groupedBy(groups: readonly UsageGroup[], keyOf: (group: UsageGroup) => string) {
  const found = new Map<string, UsageGroup[]>();
  for (const group of groups) found.set(keyOf(group), [...(found.get(keyOf(group)) ?? []), group]);
  return found;
}

export type QuotaState = "ok" | "warning" | "used";

/** How much of a month's calls is used; the same shares at which a mail is sent. */
export function quotaState(counted: number, quota: number): QuotaState {
  if (counted >= quota) return "used";
  return counted >= quota * NOTICE_SHARE ? "warning" : "ok";
}

/** For a spreadsheet. */
export function csvOf(groups: readonly UsageGroup[]): string {
  const lines = groups.map((group) => [group.day, group.status, group.requests].join(","));
  return ["day,status,requests", ...lines].join("\r\n") + "\r\n";
}
