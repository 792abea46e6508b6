/** Figures of all reports of a day together. */
import type { ExceptionStatistics } from "./api";

export interface DayFigures {
  day: string;
  setAside: number;
}

export function byDay(days: ExceptionStatistics["days"]): DayFigures[] {
  const found = new Map<string, DayFigures>();
  for (const one of days) {
    const known = found.get(one.reporting_date) ?? { day: one.reporting_date, setAside: 0 };
    found.set(one.reporting_date, {
      ...known,
      setAside: known.setAside + one.set_aside,
    });
  }
  return [...found.values()].sort((one, other) => one.day.localeCompare(other.day));
}
