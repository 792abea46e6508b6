import { expect, it } from "vitest";
import { barParts, runsOf, tallest, type Day } from "./days";

const makeDay = (changes: Partial<Day>): Day => ({
  day: "2026-11-20",
  succeeded: 0,
  partial: 0,
  failed: 0,
  cancelled: 0,
  unfinished: 0,
  ...changes,
});

it("stacks the runs of a day, failures on top", () => {
  const day = makeDay({ succeeded: 2, failed: 1, partial: 1 });
  expect(runsOf(day)).toBe(4);
  expect(barParts(day, 8)).toEqual([
    { state: "succeeded", count: 2, from: 0, height: 0.25 },
    { state: "partial", count: 1, from: 0.25, height: 0.125 },
    { state: "failed", count: 1, from: 0.375, height: 0.125 },
  ]);
  expect(barParts(makeDay({}), 8)).toEqual([]);
});

it("measures every report by the tallest bar of all", () => {
  const report = (runs: number) => ({
    report_id: "a",
    report_name: "a",
    days: [makeDay({ succeeded: runs }), makeDay({})],
  });
  expect(tallest([report(3), report(5)])).toBe(5);
  expect(tallest([])).toBe(1);
});
