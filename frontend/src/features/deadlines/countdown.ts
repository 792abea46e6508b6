/** How long there is until something is due, or how long it has been late. */
import { deadlineMessages as text } from "./messages";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two largest units, whole: "1 d 4 h", "3 h 20 min", "7 min". A started minute that is left counts. */
export function countdown(dueAt: string, now: number): { isLate: boolean; words: string } {
  const left = Date.parse(dueAt) - now;
  const isLate = left <= 0;
  const minutes = isLate ? Math.floor(-left / MINUTE) : Math.ceil(left / MINUTE);
  const words = inWords(minutes * MINUTE);
  return { isLate, words: isLate ? text.lateBy(words) : text.left(words) };
}

function inWords(duration: number): string {
  const days = Math.floor(duration / DAY);
  const hours = Math.floor((duration % DAY) / HOUR);
  const minutes = Math.floor((duration % HOUR) / MINUTE);
  if (days > 0) return `${String(days)} d ${String(hours)} h`;
  return hours > 0 ? `${String(hours)} h ${String(minutes)} min` : `${String(minutes)} min`;
}

/** The moment as a clock of a zone shows it. */
export function inZone(iso: string, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}
