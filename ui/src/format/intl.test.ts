import { describe, expect, it } from "vitest";
import { formatAgo, formatBytes, formatDate, formatDuration, plural } from "./intl";

describe("formats", () => {
  it("shows a business date as the same day in every zone", () => {
    expect(formatDate("2026-11-20")).toBe("20 Nov 2026");
  });

  it.each([
    [0.4213, "0.42 s"],
    [12.34, "12.3 s"],
    [245, "4 min 05 s"],
    [7380, "2 h 03 min"],
  ])("shows %d seconds as %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it("chooses the plural form", () => {
    expect(plural(1, { one: "# run", other: "# runs" })).toBe("1 run");
    expect(plural(1200, { one: "# run", other: "# runs" })).toBe("1,200 runs");
  });

  it("tells how long ago something was", () => {
    const now = Date.parse("2026-11-20T12:00:00Z");
    expect(formatAgo("2026-11-20T11:58:00Z", now)).toBe("2 minutes ago");
    expect(formatAgo("2026-11-19T12:00:00Z", now)).toBe("yesterday");
  });

  it("shows sizes in decimal units", () => {
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1_500_000)).toBe("1.5 MB");
  });
});
