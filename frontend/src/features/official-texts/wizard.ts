/** What somebody decides on the way of a list into the catalogue, and what of it is sent. */
import type { BroughtText, Columns, ImportOutcome, ListFile, ListImport } from "./api";

export const wizardSteps = ["file", "columns", "pairs", "check", "result"] as const;
export type WizardStep = (typeof wizardSteps)[number];

export interface Mapping {
  sheet: string | null;
  headerLine: number;
  columns: Columns;
  dayOrder: NonNullable<ListImport["day_order"]>;
  leavesOutHeadings: boolean;
}

/** What was decided about a text: the id of a rule, or null for none. Texts without a decision stay as they were. */
export type Decisions = ReadonlyMap<string, string | null>;

export interface Chosen {
  packId: string;
  title: string;
  file: File;
  shape: ListFile;
  mapping: Mapping;
}

export function mappingOf(shape: ListFile, sheet: string | null): Mapping {
  return {
    sheet,
    headerLine: shape.header_line,
    columns: shape.columns,
    dayOrder: "day_first",
    leavesOutHeadings: false,
  };
}

/** How a text is named: its code and its field. */
export const nameOf = (text: { code: string; field: string }) => JSON.stringify([text.code, text.field]);

export function ruleOf(text: BroughtText, decisions: Decisions): string | null {
  const decided = decisions.get(nameOf(text));
  return decided === undefined ? text.rule_id : decided;
}

/** The first suggestion of every text of the file that has no rule and about which nothing was decided. */
export function suggestedDecisions(texts: BroughtText[], decisions: Decisions): [string, string][] {
  return texts.flatMap((text) => {
    const [first] = text.suggestions;
    const isOpen = text.line !== null && !decisions.has(nameOf(text)) && text.rule_id === null;
    return first && isOpen ? [[nameOf(text), first.rule_id] as [string, string]] : [];
  });
}

export function importOf(chosen: Chosen, decisions: Decisions, before: ImportOutcome["before"]): ListImport {
  const { mapping } = chosen;
  return {
    pack_id: chosen.packId,
    title: chosen.title,
    sheet: mapping.sheet,
    header_line: mapping.headerLine,
    columns: Object.fromEntries(Object.entries(mapping.columns).filter(([, place]) => place >= 0)),
    day_order: mapping.dayOrder,
    leaves_out_headings: mapping.leavesOutHeadings,
    pairs: [...decisions].map(([name, ruleId]) => {
      const [code, field] = JSON.parse(name) as [string, string];
      return { code, field, rule_id: ruleId };
    }),
    based_on: before?.number ?? null,
  };
}

/** Whether the columns make a list: code and text are there, and no column is two things. */
export function isMapped(columns: Columns): boolean {
  const places = Object.values(columns);
  return columns.code !== undefined && columns.text !== undefined && new Set(places).size === places.length;
}
