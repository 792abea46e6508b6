import { describe, expect, it } from "vitest";
import type { Pack } from "./api";
import { blankDocument } from "./document";
import { filterGroups, groupFields, nextUnmapped, requiredCount } from "./fieldGroups";

const field = (number: number, requirement: string, columns: string[]) => ({
  number,
  name: `Field ${number}`,
  requirement,
  condition: null,
  condition_source: null,
  content: "",
  citation: "",
  source: "verified",
  pii: false,
  columns,
});
const column = (name: string, number: number) => ({
  name,
  title: `Title of ${name}`,
  field: number,
  type: "text",
  codes: null,
  pattern: null,
  max_length: null,
  xpaths: [],
  pii: false,
  repeats: 1,
});
const pack: Pack = {
  id: "p",
  version: "1",
  title: "P",
  regulation: "",
  guideline: "",
  fields: [field(1, "mandatory", ["a"]), field(2, "mandatory", ["b", "b_2"]), field(3, "optional", ["c"])],
  columns: [column("a", 1), column("b", 2), column("b_2", 2), column("c", 3)],
  rules: [],
};
const document = { ...blankDocument(), fields: { b_2: "x + 1", own: "y" } };
const groups = groupFields(document, pack, [{ pointer: "/fields/b_2", code: "x", detail: "Wrong." }]);
const names = (found: typeof groups) => found.map((group) => group.name);

describe("fields", () => {
  it("stand as the regulation numbers them, the author's own after them", () => {
    expect(names(groups)).toEqual(["Field 1", "Field 2", "Field 3", "own"]);
    expect(groups[1]?.columns.map((one) => one.expression)).toEqual([null, "x + 1"]);
    expect(groups[1]?.columns[1]?.problems).toHaveLength(1);
  });

  it("count as mapped when one of their columns is", () => {
    expect(requiredCount(groups)).toEqual({ mapped: 1, all: 2 });
  });

  it("are filtered by what is mapped and searched in all they show", () => {
    expect(names(filterGroups(groups, "unmapped", undefined))).toEqual(["Field 1", "Field 3"]);
    expect(names(filterGroups(groups, "mapped", undefined))).toEqual(["Field 2", "own"]);
    expect(names(filterGroups(groups, "problems", undefined))).toEqual(["Field 2"]);
    expect(names(filterGroups(groups, undefined, "X + 1"))).toEqual(["Field 2"]);
    expect(names(filterGroups(groups, undefined, "title of C"))).toEqual(["Field 3"]);
  });

  it("that are required come first among those to map next", () => {
    expect(nextUnmapped(groups, "b")).toBe("a");
    expect(nextUnmapped(groups, undefined)).toBe("a");
  });
});
