/** Numbers, sizes, times and dates as people read them. One place, so that no screen joins strings. */

const number = new Intl.NumberFormat("en-GB");
const pluralRules = new Intl.PluralRules("en-GB");
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const dateTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const utc = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long", timeZone: "UTC" });
const plainDate = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const list = new Intl.ListFormat("en-GB");

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatNumber(value: number): string {
  return number.format(value);
}

/** `plural(3, { one: "# run", other: "# runs" })` is "3 runs". */
export function plural(count: number, forms: { one: string; other: string }): string {
  const form = pluralRules.select(count) === "one" ? forms.one : forms.other;
  return form.replace("#", formatNumber(count));
}

export function formatList(parts: string[]): string {
  return list.format(parts);
}

/** A moment in the reader's own time zone. */
export function formatDateTime(iso: string): string {
  return dateTime.format(new Date(iso));
}

export function formatUtc(iso: string): string {
  return utc.format(new Date(iso));
}

/** A business date such as a reporting date: the same day everywhere, never shifted by a time zone. */
export function formatDate(isoDate: string): string {
  return plainDate.format(new Date(`${isoDate.slice(0, 10)}T00:00:00Z`));
}

export function formatAgo(iso: string, now: number = Date.now()): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return relative.format(seconds, "second");
  if (size < HOUR) return relative.format(Math.round(seconds / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.round(seconds / HOUR), "hour");
  if (size < 30 * DAY) return relative.format(Math.round(seconds / DAY), "day");
  return formatDateTime(iso);
}

/** 0.42 s, 12.3 s, 4 min 05 s, 2 h 03 min. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < MINUTE) return `${seconds.toFixed(1)} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${two(seconds % MINUTE)} s`;
  return `${Math.floor(seconds / HOUR)} h ${two((seconds % HOUR) / MINUTE)} min`;
}

export function durationBetween(fromIso: string, toIso: string): string {
  return formatDuration((new Date(toIso).getTime() - new Date(fromIso).getTime()) / 1000);
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
