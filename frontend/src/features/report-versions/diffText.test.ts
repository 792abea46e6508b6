import { describe, expect, it } from "vitest";
import { foldLines, valueText, type DiffLine } from "./diffText";

const kept = (number: number): DiffLine => ({
  kind: "kept",
  text: `line ${number}`,
  old_number: number,
  new_number: number,
});

describe("a value of a comparison", () => {
  it.each([
    ["upper(name)", "upper(name)"],
    [["a", "b"], "a, b"],
    [null, "(empty)"],
    [{ format: "csv", max_records: null, packaging: "zip" }, "format: csv\npackaging: zip"],
    [3, "3"],
  ])("%j is %j", (value, shown) => expect(valueText(value)).toBe(shown));
});

describe("the lines of a query", () => {
  it("far from a change are folded into one", () => {
    const lines = [...Array.from({ length: 10 }, (_, index) => kept(index + 1))];
    const added: DiffLine = { kind: "added", text: "new", old_number: null, new_number: 11 };
    expect(foldLines([...lines, added])).toEqual([{ kind: "skipped", count: 7 }, ...lines.slice(7), added]);
  });

  it("without any change are one fold", () => {
    expect(foldLines([kept(1), kept(2)])).toEqual([{ kind: "skipped", count: 2 }]);
  });
});
