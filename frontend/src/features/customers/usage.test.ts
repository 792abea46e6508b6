import { describe, expect, it } from "vitest";
import { hasPlanEnded } from "./states";
import { chartOf, lastDays, summaryOf } from "./usage";

describe("calls by day", () => {
  const usage = {
    first: "2026-02-27",
    last: "2026-03-02",
    groups: [
      { day: "2026-02-27", status: 200, requests: 5 },
      { day: "2026-02-27", status: 304, requests: 2 },
      { day: "2026-02-27", status: 429, requests: 1 },
      { day: "2026-03-02", status: 500, requests: 3 },
    ],
  };

  it("has a bar for every day, and tells what was refused from what was answered", () => {
    expect(chartOf(usage).rows.map((row) => [row.key, ...row.values])).toEqual([
      ["2026-02-27", 7, 1],
      ["2026-02-28", 0, 0],
      ["2026-03-01", 0, 0],
      ["2026-03-02", 0, 3],
    ]);
    expect(summaryOf(chartOf(usage))).toContain("7 calls were answered and 4 refused");
  });

  it("asks for thirty days, the present one by UTC included", () => {
    expect(lastDays(new Date("2026-03-01T23:59:59-02:00"))).toEqual({
      first: "2026-02-01",
      last: "2026-03-02",
    });
  });
});

describe("a plan", () => {
  it("ends at the moment that is written, and not at all without one", () => {
    const at = new Date("2026-03-01T12:00:00Z");
    expect(hasPlanEnded({ plan_until: "2026-03-01T12:00:00Z" }, at)).toBe(true);
    expect(hasPlanEnded({ plan_until: "2026-03-01T12:00:01Z" }, at)).toBe(false);
    expect(hasPlanEnded({ plan_until: null }, at)).toBe(false);
  });
});
