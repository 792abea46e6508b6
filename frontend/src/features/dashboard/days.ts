/** Runs of the last days as stacked bars. */
import type { ReportDays } from "./api";

export const DAY_STATES = ["succeeded", "partial", "failed", "cancelled", "unfinished"] as const;
export type DayState = (typeof DAY_STATES)[number];
export type Day = ReportDays["days"][number];

export function runsOf(day: Day): number {
  return DAY_STATES.reduce((sum, state) => sum + day[state], 0);
}

/** All bars share one scale, so that reports can be compared. */
export function tallest(reports: ReportDays[]): number {
  return Math.max(1, ...reports.flatMap((report) => report.days.map(runsOf)));
}

export interface BarPart {
  state: DayState;
  count: number;
  /** Shares of the tallest bar. */
  from: number;
  height: number;
}

/** From the ground up: what went wrong stands on top, where it is seen. */
export function barParts(day: Day, whole: number): BarPart[] {
  const parts: BarPart[] = [];
  let from = 0;
  for (const state of ["succeeded", "unfinished", "cancelled", "partial", "failed"] as const) {
    const height = day[state] / whole;
    if (height > 0) parts.push({ state, count: day[state], from, height });
    from += height;
  }
  return parts;
}
