import { expect, it } from "vitest";
import { day, oneOf, text } from "./search";

it("takes days that exist, and drops the others", () => {
  expect(day("2028-02-29")).toBe("2028-02-29");
  for (const wrong of ["2027-02-29", "2026-2-1", "tomorrow", "", 20261128, null])
    expect(day(wrong)).toBeUndefined();
});

it("takes known words and texts of a sensible length", () => {
  expect(oneOf(["logout", "idle"], "idle")).toBe("idle");
  expect(oneOf(["logout", "idle"], "else")).toBeUndefined();
  expect(text("/keys")).toBe("/keys");
  expect(text("x".repeat(2001))).toBeUndefined();
  expect(text(["/keys"])).toBeUndefined();
});
