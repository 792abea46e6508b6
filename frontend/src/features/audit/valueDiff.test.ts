import { describe, expect, it } from "vitest";
import { valueDiff } from "./valueDiff";

describe("valueDiff", () => {
  it("shows changed, added and removed fields, and nothing that stayed", () => {
    expect(valueDiff({ name: "a", same: 1, gone: true }, { name: "b", same: 1, fresh: [1] })).toEqual([
      { field: "fresh", before: null, after: "[\n 1\n]" },
      { field: "gone", before: "true", after: null },
      { field: "name", before: "a", after: "b" },
    ]);
  });

  it("takes a creation as all new", () => {
    expect(valueDiff(null, { name: "a" })).toEqual([{ field: "name", before: null, after: "a" }]);
  });

  it("takes the same value of another type as changed", () => {
    expect(valueDiff({ size: 1 }, { size: null })).toEqual([{ field: "size", before: "1", after: "null" }]);
  });
});
