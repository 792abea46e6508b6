/** Moments as the browser's own field has them, in the reader's time zone and to the minute. */

const MS_PER_MINUTE = 60_000;

export function asLocal(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * MS_PER_MINUTE).toISOString().slice(0, 16);
}

const WHOLE = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Null while nothing whole is typed. */
export function asInstant(local: string): string | null {
  const at = new Date(local);
  return !WHOLE.test(local) || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

export function hoursAgo(hours: number, now: number = Date.now()): string {
  return new Date(now - hours * 60 * MS_PER_MINUTE).toISOString();
}
