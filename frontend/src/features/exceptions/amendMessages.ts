/** Texts of amending one record or many. */
import { plural } from "@openreg/ui";
import type { Frame } from "./drafts";

const frames: Record<Frame, string> = { source: "Source column", target: "Report field" };

export const amendMessages = {
  title: "Amend",
  frames,
  titled: (title: string, name: string) => `${title} (${name})`,
  addColumn: "Change a column",
  addColumnHint: "Choose a column",
  noSuchColumn: "No such column",
  noColumn: "Choose a column to change.",
  old: "Now",
  new: "New value",
  newOf: (name: string) => `New value of ${name}`,
  mode: "Given as",
  modeOf: (name: string) => `How ${name} is given`,
  oneValue: "One value",
  expression: "Expression",
  expressionOf: (name: string) => `Expression for ${name}`,
  emptyText: "empty text",
  nullHint: "NULL: no value at all. An empty field is an empty text.",
  nullOf: (name: string) => `${name} becomes NULL`,
  remove: "Leave as it is",
  removeOf: (name: string) => `Leave ${name} as it is`,
  reason: "Reason",
  reasonHint: "Why the new value is right. It stays with the record.",
  reasonMissing: "Say why",
  save: "Amend",
  saved: "The record was amended",
  checking: "Checking",
  passes: "The record passes with these changes",
  setRules: "Rules over the whole set, such as unique references, are asked when it is resubmitted.",
  fails: (count: number) =>
    plural(count, { one: "# finding would be left", other: "# findings would be left" }),
  failsText: "It can be kept and corrected further, but not resubmitted as it is.",
  notChecked: "What you type is checked at once, against every rule of the report.",
  conflictTitle: "Somebody else changed this exception meanwhile",
  conflictText: "What you typed is still here and was not saved. Look at theirs, then decide.",
  takeTheirs: "Show theirs",
  keepMine: "Save mine on top",
} as const;
