/** Moments as a field for date and time holds them: by the clock of whoever looks, without a zone. */

export function localMinute(moment: string): string {
  const at = new Date(moment);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment in UTC, or null of what is no date and time yet. */
export function momentOf(minute: string): string | null {
  if (!/^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d/.test(minute)) return null;
  const at = new Date(minute);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
