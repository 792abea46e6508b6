import { expect, it } from "vitest";
import { limitText, withLimit } from "./terms";

it("shares are written in percent, minutes as they are", () => {
  const limits = withLimit(withLimit({}, "completeness", "warning", 99.5), "timeliness", "critical", -15);
  expect(limits).toEqual({
    completeness: { warning: "0.995", critical: null },
    timeliness: { warning: null, critical: "-15" },
  });
  expect(limitText(limits, "completeness", "warning")).toBe(99.5);
  expect(limitText(limits, "timeliness", "critical")).toBe(-15);
  expect(limitText(limits, "validity", "warning")).toBe("");
});

it("a threshold without any limit is none", () => {
  const limits = withLimit({ repeats: { warning: "0.1", critical: "0.2" } }, "repeats", "warning", "");
  expect(limits).toEqual({ repeats: { warning: null, critical: "0.2" } });
  expect(withLimit(limits, "repeats", "critical", "")).toEqual({});
});
