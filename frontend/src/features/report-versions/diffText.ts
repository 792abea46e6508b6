/** Values of a comparison as people read them. */
import { versionMessages } from "./messages";

const text = versionMessages.compare;

/** A value of a document: SQL as it is, everything else as short as it can be said. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return text.noValue;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  if (typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([name, part]) => `${name}: ${typeof part === "string" ? part : JSON.stringify(part)}`)
      .join("\n");
  }
  return JSON.stringify(value);
}

export function settingName(name: string): string {
  return name in text.settings ? text.settings[name as keyof typeof text.settings] : name;
}

export interface DiffLine {
  kind: "kept" | "added" | "removed";
  text: string;
  old_number: number | null;
  new_number: number | null;
}

export type ShownLine = DiffLine | { kind: "skipped"; count: number };

const AROUND = 3;

/** The changed lines with a few around them; long stretches that are the same are folded. */
export function foldLines(lines: readonly DiffLine[]): ShownLine[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some((line) => line.kind !== "kept"),
  );
  const shown: ShownLine[] = [];
  for (const [index, line] of lines.entries()) {
    const last = shown.at(-1);
    if (isNear[index]) shown.push(line);
    else if (last?.kind === "skipped") last.count += 1;
    else shown.push({ kind: "skipped", count: 1 });
  }
  return shown;
}
