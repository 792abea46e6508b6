/** A month of fires by local day. */
import type { Schema } from "@/api/types";

export interface DayEntry {
  time: string;
  /** Undefined for a fire to come. */
  state?: string;
  reason?: string;
}

const DAYS_OF_WEEK = 7;

/** The days of a month in weeks from Monday on, null outside of it. */
export function weeksOf(month: string): (string | null)[][] {
  const first = new Date(`${month}T00:00:00Z`);
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const lead = (first.getUTCDay() + 6) % DAYS_OF_WEEK;
  const days: (string | null)[] = Array.from({ length: lead }, () => null);
  for (let day = 1; day <= length; day += 1) days.push(`${month.slice(0, 8)}${String(day).padStart(2, "0")}`);
  while (days.length % DAYS_OF_WEEK) days.push(null);
  return Array.from({ length: days.length / DAYS_OF_WEEK }, (_, week) =>
    days.slice(week * DAYS_OF_WEEK, (week + 1) * DAYS_OF_WEEK),
  );
}

/** What the wall clock of a zone shows: day and time. */
function localOf(at: string, zone: string): [string, string] {
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
  }).format(new Date(at));
  const [day = "", time = ""] = shown.split(" ");
  return [day, time];
}

export function entriesByDay(month: Schema<"ScheduleMonthAnswer">, zone: string): Map<string, DayEntry[]> {
  const found = new Map<string, DayEntry[]>();
  const add = (at: string, entry: Omit<DayEntry, "time">) => {
    const [day, time] = localOf(at, zone);
    found.set(day, [...(found.get(day) ?? []), { time, ...entry }]);
  };
  for (const one of month.past) add(one.fire_at, { state: one.state, reason: one.reason ?? "" });
  for (const one of month.ahead) add(one.at, {});
  return found;
}
