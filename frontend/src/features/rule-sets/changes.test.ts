import { expect, it } from "vitest";
import type { LibraryRule } from "./api";
import { changesOf } from "./changes";

const rule = (id: string, changes: Partial<LibraryRule> = {}): LibraryRule => ({
  id,
  title: "Positive",
  phase: "source",
  severity: "warning",
  scope: "record",
  expression: "quantity > 0",
  message: "It must be positive.",
  is_enabled: true,
  ...changes,
});

it("names added, changed and removed rules, part by part", () => {
  const before = [rule("A-1"), rule("A-2"), rule("A-3")];
  const after = [rule("A-4"), rule("A-2", { severity: "blocking", is_enabled: false }), rule("A-3")];
  expect(changesOf(before, after).map(({ id, kind, before: was, after: is }) => [id, kind, was, is])).toEqual(
    [
      ["A-4", "added", "", "quantity > 0"],
      ["A-2", "changed", "severity: warning", "severity: blocking"],
      ["A-2", "changed", "is_enabled: true", "is_enabled: false"],
      ["A-1", "removed", "quantity > 0", ""],
    ],
  );
});

it("finds nothing in the same rules", () => {
  expect(changesOf([rule("A-1")], [rule("A-1", { citation: null })])).toEqual([]);
});
