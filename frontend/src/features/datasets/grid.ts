/** The grid of entries while somebody edits it: rows, what changed of them, and cells from a spreadsheet. */
import type { Entry, EntryEdit } from "./api";

export const KEY = "key";
export const FROM = "valid_from";
export const TO = "valid_to";

export interface GridRow {
  /** The entry's id; of a new row a name of its own. */
  id: string;
  /** The entry as it is stored, null for a new row. */
  stored: Entry | null;
  cells: Record<string, string>;
  isRemoved: boolean;
}

/** What is wrong with a row: by column, and under "" what is wrong with the row as a whole. */
export type RowFaults = Record<string, string>;

export function rowOf(entry: Entry): GridRow {
  const cells = {
    [KEY]: entry.key,
    [FROM]: entry.valid_from ?? "",
    [TO]: entry.valid_to ?? "",
    ...entry.values,
  };
  return { id: entry.id, stored: entry, cells, isRemoved: false };
}

export function emptyRow(number: number): GridRow {
  return { id: `new-${String(number)}`, stored: null, cells: {}, isRemoved: false };
}

export function isChanged(row: GridRow): boolean {
  if (row.stored === null) return Object.values(row.cells).some((cell) => cell.trim() !== "");
  if (row.isRemoved) return true;
  const before = rowOf(row.stored).cells;
  const names = new Set([...Object.keys(before), ...Object.keys(row.cells)]);
  return [...names].some((name) => (before[name] ?? "") !== (row.cells[name] ?? ""));
}

/** The changed rows, in order, and the edits they are: the number of a fault is the place in both, from 1. */
export function editsOf(rows: GridRow[], columns: string[]): { rows: GridRow[]; edits: EntryEdit[] } {
  const changed = rows.filter(isChanged);
  return { rows: changed, edits: changed.map((row) => editOf(row, columns)) };
}

function editOf(row: GridRow, columns: string[]): EntryEdit {
  const cell = (name: string) => row.cells[name]?.trim() ?? "";
  return {
    key: cell(KEY),
    valid_from: cell(FROM) || null,
    valid_to: cell(TO) || null,
    values: Object.fromEntries(columns.map((name) => [name, cell(name) || null])),
    replaces: row.stored?.id ?? null,
    is_removed: row.isRemoved,
  };
}

export type Fault = Record<string, unknown>;

/** What the API found wrong, by the id of the row that it is about. */
export function faultsByRow(rows: GridRow[], faults: Fault[]): Record<string, RowFaults> {
  const found: Record<string, RowFaults> = {};
  for (const fault of faults) {
    const row = rows[Number(fault["line"]) - 1];
    if (!row) continue;
    const column = typeof fault["column"] === "string" ? fault["column"] : "";
    found[row.id] = { ...found[row.id], [column]: String(fault["message"]) };
  }
  return found;
}

/** A row that cannot be sent: without a key, or with a day that is none. */
export function ownFaults(row: GridRow, texts: { noKey: string; noDay: string }): RowFaults {
  const found: RowFaults = {};
  if (!row.cells[KEY]?.trim()) found[KEY] = texts.noKey;
  for (const name of [FROM, TO]) {
    const day = row.cells[name]?.trim() ?? "";
    if (day !== "" && !isDay(day)) found[name] = texts.noDay;
  }
  return found;
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  // Browsers take the 30th of February for the 2nd of March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && text.length === 10;
}

/** The cells of a text that a spreadsheet copied: lines of cells between tabs; a cell in quotes may hold both. */
export function cellsOf(text: string): string[][] {
  const lines: string[][] = [[]];
  let cell = "";
  let isQuoted = false;
  for (let place = 0; place < text.length; place++) {
    const character = text.charAt(place);
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text.charAt(place + 1) === '"') cell += text.charAt(++place);
      else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === "\t" || character === "\n") {
      lines.at(-1)?.push(cell);
      cell = "";
      if (character === "\n") lines.push([]);
    } else if (character !== "\r") cell += character;
  }
  lines.at(-1)?.push(cell);
  return lines.filter((line) => line.some((one) => one !== ""));
}

interface Paste {
  rows: GridRow[];
  columns: string[];
  /** Where the first cell goes. */
  rowId: string;
  column: string;
  cells: string[][];
  nextNumber: number;
}

/** The rows after a paste: cells go to the right and down; rows that are not there yet are new. */
export function pasted({ rows, columns, rowId, column, cells, nextNumber }: Paste): GridRow[] {
  const result = [...rows];
  const first = rows.findIndex((row) => row.id === rowId);
  const left = columns.indexOf(column);
  cells.forEach((line, down) => {
    const place = first + down;
    const before = result[place] ?? emptyRow(nextNumber + down);
    const changed = { ...before.cells };
    line.forEach((cell, right) => {
      const name = columns[left + right];
      if (name !== undefined) changed[name] = cell;
    });
    result[place] = { ...before, cells: changed };
  });
  return result;
}
