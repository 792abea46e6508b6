/** Where the points of a trend stand in its picture. */
export interface TrendPoint {
  day: string;
  value: number;
  x: number;
  y: number;
}

export interface Trend {
  points: TrendPoint[];
  /** Where a limit stands, between 0 (top) and 1. */
  yOf: (value: number) => number;
}

const DAY_MS = 86_400_000;

/**
 * Points between 0 and 1 in both directions: days by their distance, values between the smallest and the largest of
 * all values and limits, with some room at both ends.
 */
export function trendOf(values: { day: string; value: number }[], limits: number[]): Trend {
  const all = [...values.map((one) => one.value), ...limits];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  const yOf = (value: number) => 1 - (value - low + room) / (high - low + 2 * room);
  const times = values.map((one) => Date.parse(one.day) / DAY_MS);
  const first = times[0] ?? 0;
  const width = (times.at(-1) ?? 0) - first;
  const points = values.map((one, index) => ({
    ...one,
    x: width === 0 ? 0.5 : ((times[index] ?? first) - first) / width,
    y: yOf(one.value),
  }));
  return { points, yOf };
}
