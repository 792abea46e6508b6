/** The form of a schedule as texts, and the definition that they amount to. */
import type { Cadence, Definition } from "./api";

export interface Draft {
  kind: Cadence["kind"];
  times: string;
  daysOfWeek: string[];
  day: string;
  month: string;
  monthOfQuarter: string;
  nth: number;
  of: "month" | "quarter";
  cron: string;
  zone: string;
  calendar: string | null;
  onClosed: NonNullable<Definition["on_closed"]>;
  blackouts: string;
  days: number;
  count: "working_days" | "calendar_days";
  parameters: string;
  dependencies: string[];
  wait: number;
  missed: "skip" | "run_last" | "run_all";
}

export const EMPTY: Draft = {
  kind: "daily",
  times: "07:00",
  daysOfWeek: ["0", "1", "2", "3", "4"],
  day: "last",
  month: "1",
  monthOfQuarter: "1",
  nth: 1,
  of: "month",
  cron: "0 7 * * 1-5",
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  calendar: null,
  onClosed: "run",
  blackouts: "",
  days: 1,
  count: "working_days",
  parameters: "",
  dependencies: [],
  wait: 1440,
  missed: "run_last",
};

const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
const dayOf = (day: string) => (day === "last" ? ("last" as const) : Number(day));

function timesOf(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((time) => `${time.padStart(5, "0")}:00`);
}

function cadenceOf(draft: Draft): Cadence {
  const times = timesOf(draft.times);
  switch (draft.kind) {
    case "cron":
      return { kind: "cron", expression: draft.cron.trim() };
    case "weekly":
      return { kind: "weekly", times, days_of_week: draft.daysOfWeek.map(Number).sort() };
    case "monthly":
      return { kind: "monthly", times, day: dayOf(draft.day), months: [] };
    case "quarterly":
      return {
        kind: "quarterly",
        times,
        day: dayOf(draft.day),
        month_of_quarter: Number(draft.monthOfQuarter),
      };
    case "yearly":
      return { kind: "yearly", times, day: dayOf(draft.day), month: Number(draft.month) };
    case "working_day":
      return { kind: "working_day", times, nth: draft.nth, of: draft.of };
    default:
      return { kind: "daily", times };
  }
}

function blackoutOf(line: string) {
  const [range = "", ...reason] = line.trim().split(/\s+/);
  const [first = "", last = first] = range.split("..");
  return { first, last, reason: reason.join(" ") };
}

function parameterOf(line: string): [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

export function definitionOf(draft: Draft, stored?: Definition): Definition {
  const ages = new Map(stored?.dependencies?.map((one) => [one.report_id, one.max_age_minutes]));
  return {
    cadence: cadenceOf(draft),
    zone: draft.zone,
    calendar: draft.calendar,
    on_closed: draft.onClosed,
    blackouts: lines(draft.blackouts).map(blackoutOf),
    reporting_date: { days: draft.days, count: draft.count },
    parameters: Object.fromEntries(lines(draft.parameters).map(parameterOf)),
    dependencies: draft.dependencies.map((id) => ({ report_id: id, max_age_minutes: ages.get(id) ?? null })),
    wait_minutes: draft.wait,
    missed: {
      rule: draft.missed,
      grace_minutes: stored?.missed?.grace_minutes ?? 15,
      limit: stored?.missed?.limit ?? 10,
    },
  };
}

export function draftOf(definition: Definition): Draft {
  const { cadence } = definition;
  const has = cadence as Partial<Record<string, unknown>>;
  return {
    ...EMPTY,
    kind: cadence.kind,
    times: Array.isArray(has.times)
      ? has.times.map((one) => String(one).slice(0, 5)).join(", ")
      : EMPTY.times,
    daysOfWeek: Array.isArray(has.days_of_week) ? has.days_of_week.map(String) : EMPTY.daysOfWeek,
    day: String(has.day ?? EMPTY.day),
    month: String(has.month ?? EMPTY.month),
    monthOfQuarter: String(has.month_of_quarter ?? EMPTY.monthOfQuarter),
    nth: Number(has.nth ?? EMPTY.nth),
    of: has.of === "quarter" ? "quarter" : "month",
    cron: String(has.expression ?? EMPTY.cron),
    zone: definition.zone ?? "UTC",
    calendar: definition.calendar ?? null,
    onClosed: definition.on_closed ?? "run",
    blackouts: (definition.blackouts ?? [])
      .map((one) => `${one.first}..${one.last} ${one.reason ?? ""}`.trim())
      .join("\n"),
    days: definition.reporting_date?.days ?? 1,
    count: definition.reporting_date?.count ?? "working_days",
    parameters: Object.entries(definition.parameters ?? {})
      .map(([name, value]) => `${name}=${value ?? ""}`)
      .join("\n"),
    dependencies: (definition.dependencies ?? []).map((one) => one.report_id),
    wait: definition.wait_minutes ?? 1440,
    missed: definition.missed?.rule ?? "run_last",
  };
}
