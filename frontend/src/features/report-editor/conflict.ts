/** The parts in which two documents differ, each as one line of a comparison. */
import { isSame, type ReportDocument } from "./document";

export interface Difference {
  part: string;
  name: string | null;
  mine: unknown;
  theirs: unknown;
}

const BY_NAME = ["source", "inputs", "fields", "envelope"] as const;

export function differences(mine: ReportDocument, theirs: ReportDocument): Difference[] {
  const parts = new Set([...Object.keys(mine), ...Object.keys(theirs)]) as Set<keyof ReportDocument>;
  return [...parts].flatMap((part): Difference[] => {
    if (isSame(mine[part], theirs[part])) return [];
    const named = BY_NAME.find((one) => one === part);
    if (!named) return [{ part: String(part), name: null, mine: mine[part], theirs: theirs[part] }];
    const ours: Record<string, unknown> = mine[named] ?? {};
    const other: Record<string, unknown> = theirs[named] ?? {};
    return [...new Set([...Object.keys(ours), ...Object.keys(other)])]
      .filter((name) => !isSame(ours[name], other[name]))
      .map((name) => ({ part: named, name, mine: ours[name], theirs: other[name] }));
  });
}
