import { describe, expect, it } from "vitest";
import { readWaits, showWaits } from "./waits";

describe("waits", () => {
  it("reads seconds, minutes and hours", () => {
    expect(readWaits("10, 30s 5m; 2H")).toEqual([10, 30, 300, 7200]);
    expect(readWaits("  ")).toEqual([]);
  });

  it("writes what it reads", () => {
    for (const waits of [[], [1], [90, 60, 3600, 86400], [5, 300, 1800, 7200]])
      expect(readWaits(showWaits(waits))).toEqual(waits);
    expect(showWaits([90, 300, 7200])).toBe("90s, 5m, 2h");
  });

  it.each([
    "soon",
    "-5",
    "0",
    "1.5h",
    "25h",
    "5 minutes",
    Array(16).fill("1s").join(" "),
    Array(8).fill("24h").join(),
  ])("leaves %s to be corrected", (words) => expect(readWaits(words)).toBeNull());
});
