import { describe, expect, it } from "vitest";
import { asText, filterLines, lineOfHash, type LogLine } from "./logLines";

const lines: LogLine[] = [
  { number: 1, at: "2026-11-20T18:00:00Z", level: "debug", text: "Opening" },
  { number: 2, at: "2026-11-20T18:00:01Z", level: "info", text: "Rows read: 10" },
  { number: 3, at: "2026-11-20T18:00:02Z", level: "warning", text: "Slow source" },
  { number: 4, at: "2026-11-20T18:00:03Z", level: "error", text: "Rows lost" },
];
const numbers = (found: LogLine[]) => found.map((line) => line.number);

describe("filterLines", () => {
  it("shows a level and what is more important", () => {
    expect(numbers(filterLines(lines, { level: "warning" }))).toEqual([3, 4]);
    expect(numbers(filterLines(lines, { level: "error" }))).toEqual([4]);
  });

  it("finds text in letters of either case, within the level", () => {
    expect(numbers(filterLines(lines, { text: "ROWS" }))).toEqual([2, 4]);
    expect(numbers(filterLines(lines, { text: "rows", level: "error" }))).toEqual([4]);
  });

  it("keeps the same list when nothing is filtered, so that nothing is drawn again", () => {
    expect(filterLines(lines, {})).toBe(lines);
  });
});

it("writes one line of text per line, with time and level", () => {
  expect(asText(lines.slice(2))).toBe(
    "2026-11-20T18:00:02Z warning Slow source\n2026-11-20T18:00:03Z error   Rows lost\n",
  );
});

it("reads the line of an address and of nothing else", () => {
  expect([lineOfHash("#L120"), lineOfHash("L7"), lineOfHash("#main"), lineOfHash("")]).toEqual([
    120,
    7,
    null,
    null,
  ]);
});
