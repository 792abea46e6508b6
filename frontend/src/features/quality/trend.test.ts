import { describe, expect, it } from "vitest";
import { lastDays } from "./api";
import { qualityMessages } from "./messages";
import { trendOf } from "./trend";

const days = [
  { day: "2026-11-16", value: 0.9 },
  { day: "2026-11-17", value: 1 },
  { day: "2026-11-20", value: 0.8 },
];

describe("a trend", () => {
  it("has its days by their distance and its values from the bottom up", () => {
    const { points } = trendOf(days, []);
    expect(points.map((one) => one.x)).toEqual([0, 0.25, 1]);
    const [first, best, worst] = points.map((one) => one.y);
    expect(best).toBeLessThan(first as number);
    expect(worst).toBeGreaterThan(first as number);
    expect(points.every((one) => one.y > 0 && one.y < 1)).toBe(true);
  });

  it("has room for its limits", () => {
    const { points, yOf } = trendOf(days, [0.2]);
    expect(yOf(0.2)).toBeLessThan(1);
    expect(points.every((one) => one.y < yOf(0.2))).toBe(true);
  });

  it("is in the middle while there is one day, also of nought", () => {
    expect(trendOf([{ day: "2026-11-16", value: 0 }], []).points[0]).toMatchObject({ x: 0.5, y: 0.5 });
  });
});

it("the last days end today", () => {
  expect(lastDays(new Date(2026, 2, 1), 2)).toEqual({ first: "2026-02-28", last: "2026-03-01" });
});

it("what is unknown is no number", () => {
  expect(qualityMessages.value("rejection_rate", null)).toBe("No feedback yet");
  expect(qualityMessages.value("completeness", "0.987654")).toMatch(/98\.77/);
  expect(qualityMessages.value("timeliness", "90.5")).toMatch(/late$/);
  expect(qualityMessages.value("timeliness", "-10")).toMatch(/early$/);
});
