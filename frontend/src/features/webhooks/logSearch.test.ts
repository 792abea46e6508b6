import { describe, expect, it } from "vitest";
import { logQuery, rangeOf, startOfDay } from "./logSearch";

const NOW = Date.parse("2026-11-28T12:00:00Z");

describe("the range of a log", () => {
  it("is open when nothing is chosen", () => {
    expect(rangeOf({}, NOW)).toEqual({});
  });

  it("begins at the later of the two beginnings and ends after the last day", () => {
    expect(rangeOf({ within: "day", from: "2026-11-01", to: "2026-11-28" }, NOW)).toEqual({
      since: "2026-11-27T12:00:00.000Z",
      until: startOfDay("2026-11-28", 1),
    });
    expect(rangeOf({ within: "month", from: "2026-11-20" }, NOW).since).toBe(startOfDay("2026-11-20"));
  });
});

it("the API takes several of a kind, and nothing that it does not know", () => {
  const search = { state: "failed", answer: "5xx", delivery: "d", text: "", event_type: "run.*" } as const;
  expect(logQuery(search)).toEqual({ state: ["failed"], answer: ["5xx"], event_type: ["run.*"] });
});
