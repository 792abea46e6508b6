import { expect, it } from "vitest";
import { localMinute, momentOf } from "./localMinute";

it("a moment comes back from the field as it went in", () => {
  expect(momentOf(localMinute("2026-11-20T18:05:00.000Z"))).toBe("2026-11-20T18:05:00.000Z");
});

it.each(["", "2026-11-20", "0002-11-20T18:05", "2026-13-40T18:05"])("%j is no moment yet", (minute) => {
  expect(momentOf(minute)).toBeNull();
});
