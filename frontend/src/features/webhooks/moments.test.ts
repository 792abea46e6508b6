import { expect, it } from "vitest";
import { asInstant, asLocal, hoursAgo } from "./moments";

it("a moment survives the field it is edited in, to the minute", () => {
  const at = "2026-11-28T10:15:00.000Z";
  expect(asInstant(asLocal(at))).toBe(at);
});

it("what is half typed is no moment", () => {
  expect(asInstant("")).toBeNull();
  expect(asInstant("2026-11-")).toBeNull();
});

it("counts hours back", () => {
  expect(hoursAgo(24, Date.parse("2026-11-28T10:15:00Z"))).toBe("2026-11-27T10:15:00.000Z");
});
