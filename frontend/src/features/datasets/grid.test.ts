import { describe, expect, it } from "vitest";
import type { Entry } from "./api";
import { cellsOf, editsOf, emptyRow, faultsByRow, isChanged, ownFaults, pasted, rowOf } from "./grid";

const entry = (key: string, value: string): Entry => ({
  id: `id-${key}`,
  key,
  valid_from: null,
  valid_to: "2026-12-31",
  values: { value },
  added_in: 1,
  removed_in: null,
});
const COLUMNS = ["key", "value", "valid_from", "valid_to"];
const TEXTS = { noKey: "no key", noDay: "no day" };

describe("the grid of entries", () => {
  it("sends only what changed, in the place of what was there", () => {
    const kept = rowOf(entry("A", "1"));
    const other = rowOf(entry("B", "2"));
    const changed = { ...other, cells: { ...other.cells, value: " 3 ", valid_to: "" } };
    const removed = { ...rowOf(entry("C", "4")), isRemoved: true };
    const added = { ...emptyRow(1), cells: { key: "D", value: "5" } };
    const { edits, rows } = editsOf([kept, changed, removed, emptyRow(2), added], ["value"]);
    expect(rows.map((row) => row.id)).toEqual(["id-B", "id-C", "new-1"]);
    expect(edits[0]).toEqual({
      key: "B",
      valid_from: null,
      valid_to: null,
      values: { value: "3" },
      replaces: "id-B",
      is_removed: false,
    });
    expect(edits[1]).toMatchObject({ replaces: "id-C", is_removed: true });
    expect(edits[2]).toMatchObject({ key: "D", replaces: null });
  });

  it("knows a row that was typed back from a changed one", () => {
    const row = rowOf(entry("A", "1"));
    expect(isChanged({ ...row, cells: { ...row.cells, value: "2" } })).toBe(true);
    expect(isChanged({ ...row, cells: { ...row.cells, value: "1", valid_from: "" } })).toBe(false);
  });

  it("reads what a spreadsheet copies, with tabs and lines in quoted cells", () => {
    expect(cellsOf('A\tone\r\n"B ""b"""\t"two\nlines"\n\n')).toEqual([
      ["A", "one"],
      ['B "b"', "two\nlines"],
    ]);
  });

  it("pastes to the right and down, and adds the rows that are missing", () => {
    const rows = [rowOf(entry("A", "1")), rowOf(entry("B", "2"))];
    const cells = [["x", "2026-01-01", "2026-06-30", "cut off"], ["y"], ["z"]];
    const after = pasted({ rows, columns: COLUMNS, rowId: "id-B", column: "value", cells, nextNumber: 7 });
    expect(after.map((row) => row.cells["value"])).toEqual(["1", "x", "y", "z"]);
    expect(after[1]?.cells).toMatchObject({ key: "B", valid_from: "2026-01-01", valid_to: "2026-06-30" });
    expect(after.slice(2).map((row) => row.id)).toEqual(["new-8", "new-9"]);
  });

  it("puts faults beside their cells", () => {
    const rows = [rowOf(entry("A", "1")), rowOf(entry("B", "2"))];
    const faults = [
      { line: 2, column: "value", message: "too long" },
      { line: 2, column: null, message: "overlaps" },
      { line: 9, column: null, message: "of nobody" },
    ];
    expect(faultsByRow(rows, faults)).toEqual({ "id-B": { value: "too long", "": "overlaps" } });
    const wrong = { ...emptyRow(1), cells: { valid_from: "2026-02-30", valid_to: "31.12.2026" } };
    expect(ownFaults(wrong, TEXTS)).toEqual({ key: "no key", valid_from: "no day", valid_to: "no day" });
  });
});
