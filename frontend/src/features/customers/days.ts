/** A day in the reader's own zone, and the moment at which it ends. */

export function localDay(moment: string): string {
  const at = new Date(moment);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export const endOfDay = (day: string) => new Date(`${day}T23:59:59`).toISOString();
