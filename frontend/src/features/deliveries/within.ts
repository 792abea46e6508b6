/** Spans of time that end now: an address that is kept means the same tomorrow. */
const HOURS = { hour: 1, day: 24, week: 7 * 24, month: 30 * 24 } as const;
const MS_PER_HOUR = 3_600_000;

export type Within = keyof typeof HOURS;
export const withins = ["hour", "day", "week", "month"] as const satisfies readonly Within[];

/** When a span that ends now began. */
export function sinceOf(within: Within, now: number = Date.now()): string {
  return new Date(now - HOURS[within] * MS_PER_HOUR).toISOString();
}
