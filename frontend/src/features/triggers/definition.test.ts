import { describe, expect, it } from "vitest";
import { definitionOf, draftOf, EMPTY, isComplete, type Draft } from "./definition";

const ID = "00000000-0000-7000-8000-0000000000aa";
const filled: Record<string, Partial<Draft>> = {
  api: {},
  file_arrival: {
    destination: ID,
    folder: "in/trades",
    pattern: "trades_*.csv",
    everySeconds: 30,
    existing: "start",
  },
  watermark: { connector: ID, query: "SELECT max(id) FROM trades", everyMinutes: 15 },
  run_event: { report: ID, states: ["succeeded", "partial"] },
};

describe("the form of a trigger", () => {
  it.each(Object.keys(filled))("gives back what was stored: %s", (kind) => {
    const draft = {
      ...EMPTY,
      ...filled[kind],
      kind: kind as Draft["kind"],
      calendar: "TARGET",
      days: 2,
      parameters: "file={file_name}\nbook=A=B",
      interval: 10,
      whileRunning: "skip" as const,
    };
    const made = definitionOf(draft);
    expect(made.parameters).toEqual({ file: "{file_name}", book: "A=B" });
    expect(definitionOf(draftOf(made))).toEqual(made);
    expect(isComplete(draft)).toBe(true);
  });

  it.each(["file_arrival", "watermark", "run_event"] as const)(
    "wants to know what it watches: %s",
    (kind) => {
      expect(isComplete({ ...EMPTY, kind })).toBe(false);
    },
  );

  it("sends nothing of another kind", () => {
    const made = definitionOf({ ...EMPTY, ...filled.watermark, ...filled.file_arrival, kind: "api" });
    expect(made.on).toEqual({ kind: "api" });
  });
});
