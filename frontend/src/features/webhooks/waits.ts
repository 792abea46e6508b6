/** Waits before further attempts as people write them: 30s, 5m, 2h, separated by commas. */

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 };
const MOST_WAITS = 15;
const LONGEST = 24 * 3600;
const LONGEST_TOGETHER = 7 * 24 * 3600;

/** Seconds of each wait; null where a person would have to correct something. */
export function readWaits(words: string): number[] | null {
  const parts = words
    .split(/[\s,;]+/)
    .map((part) => part.toLowerCase())
    .filter((part) => part !== "");
  const waits = parts.map((part) => {
    const found = /^(\d{1,6})([smh]?)$/.exec(part);
    return found ? Number(found[1]) * (SECONDS[found[2] || "s"] ?? 1) : NaN;
  });
  const areGood = waits.every((one) => one >= 1 && one <= LONGEST);
  const together = waits.reduce((sum, one) => sum + one, 0);
  return areGood && waits.length <= MOST_WAITS && together <= LONGEST_TOGETHER ? waits : null;
}

/** The shortest spelling that reads as the same waits. */
export function showWaits(waits: readonly number[]): string {
  return waits
    .map((one) => {
      if (one % 3600 === 0) return `${one / 3600}h`;
      return one % 60 === 0 ? `${one / 60}m` : `${one}s`;
    })
    .join(", ");
}
