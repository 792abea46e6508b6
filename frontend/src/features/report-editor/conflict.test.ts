import { expect, it } from "vitest";
import { differences } from "./conflict";
import { blankDocument } from "./document";

it("two documents are compared field by field, and part by part otherwise", () => {
  const mine = { ...blankDocument(), fields: { a: "x", b: "y" }, pack: "mifir-rts22" };
  const theirs = { ...blankDocument(), fields: { a: "x", b: "z", c: "new" } };
  expect(differences(mine, theirs)).toEqual([
    { part: "pack", name: null, mine: "mifir-rts22", theirs: null },
    { part: "fields", name: "b", mine: "y", theirs: "z" },
    { part: "fields", name: "c", mine: undefined, theirs: "new" },
  ]);
  expect(differences(mine, mine)).toEqual([]);
  const query = { ...mine, source: { parameters: {}, query: "SELECT 1" } };
  expect(differences(mine, query)).toEqual([{ part: "source", name: "query", mine: "", theirs: "SELECT 1" }]);
});
