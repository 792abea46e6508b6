import { describe, expect, it } from "vitest";
import { countdown, inZone } from "./countdown";

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("countdown", () => {
  it.each([
    ["2026-11-21T16:30:00Z", false, "1 d 4 h left"],
    ["2026-11-20T15:20:00Z", false, "3 h 20 min left"],
    ["2026-11-20T12:00:01Z", false, "1 min left"],
    ["2026-11-20T12:00:00Z", true, "0 min late"],
    ["2026-11-20T11:58:01Z", true, "1 min late"],
    ["2026-11-18T11:00:00Z", true, "2 d 1 h late"],
  ])("of %s", (due, isLate, words) => {
    expect(countdown(due, NOW)).toEqual({ isLate, words });
  });
});

describe("inZone", () => {
  it("shows the regulator's clock, summer time included", () => {
    expect(inZone("2026-11-20T22:59:00Z", "Europe/Berlin")).toContain("23:59");
    expect(inZone("2026-07-20T21:59:00Z", "Europe/Berlin")).toContain("23:59");
  });
});
