/** What differs between two JSON objects, field by field. */
export interface ValueChange {
  field: string;
  before: string | null;
  after: string | null;
}

type Values = Record<string, unknown> | null;

export function valueDiff(before: Values, after: Values): ValueChange[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return fields
    .map((field) => ({ field, before: shown(before, field), after: shown(after, field) }))
    .filter((change) => change.before !== change.after);
}

function shown(values: Values, field: string): string | null {
  const value = values?.[field];
  if (value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
