/** The parts in which two documents differ, each as one line of a comparison. */
import { isSame, type ReportDocument } from "./document";

export interface Difference {
  part: string;
  name: string | null;
  mine: unknown;
  theirs: unknown;
}

const BY_NAME = ["fields", "envelope"] as const;

export function differences(mine: ReportDocument, theirs: ReportDocument): Difference[] {
  const parts = new Set([...Object.keys(mine), ...Object.keys(theirs)]) as Set<keyof ReportDocument>;
  return [...parts].flatMap((part): Difference[] => {
    if (isSame(mine[part], theirs[part])) return [];
    const named = BY_NAME.find((one) => one === part);
    if (!named) return [{ part: String(part), name: null, mine: mine[part], theirs: theirs[part] }];
    const names = new Set([...Object.keys(mine[named]), ...Object.keys(theirs[named])]);
    return [...names]
      .filter((name) => mine[named][name] !== theirs[named][name])
      .map((name) => ({ part: named, name, mine: mine[named][name], theirs: theirs[named][name] }));
  });
}
