/** What differs between the rules of two versions, part by part. */
import type { LibraryRule } from "./api";

export interface RuleChange {
  key: string;
  id: string;
  kind: "added" | "removed" | "changed";
  before: string;
  after: string;
}

/** Added and changed rules in the order of the new version, then those that are gone. */
export function changesOf(before: LibraryRule[], after: LibraryRule[]): RuleChange[] {
  const old = new Map(before.map((rule) => [rule.id, rule]));
  const kept = new Set(after.map((rule) => rule.id));
  const made = after.flatMap((rule) => {
    const was = old.get(rule.id);
    return was ? partsThatDiffer(was, rule) : [entry(rule.id, "added", "", rule.expression)];
  });
  const gone = before
    .filter((rule) => !kept.has(rule.id))
    .map((rule) => entry(rule.id, "removed", rule.expression, ""));
  return [...made, ...gone];
}

function partsThatDiffer(was: LibraryRule, is: LibraryRule): RuleChange[] {
  const old = new Map<string, unknown>(Object.entries(was));
  const now = new Map<string, unknown>(Object.entries(is));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => (old.get(name) ?? null) !== (now.get(name) ?? null))
    .map((name) => entry(is.id, "changed", shown(name, old.get(name)), shown(name, now.get(name))));
}

const shown = (name: string, value: unknown) => `${name}: ${value == null ? "-" : String(value)}`;

const entry = (id: string, kind: RuleChange["kind"], before: string, after: string): RuleChange => ({
  key: `${id} ${before} ${after}`,
  id,
  kind,
  before,
  after,
});
