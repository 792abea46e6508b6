/** Which fields and columns of a record its findings and amendments are about. */
import type { FieldValue, Lineage, SourceValue } from "./api";

export interface Shown {
  source: SourceValue[];
  fields: FieldValue[];
}

/** All of them, or those involved; of a record about which nothing was found: what is filled. */
export function shownValues(lineage: Lineage, isAll: boolean): Shown {
  if (isAll) return { source: lineage.source, fields: lineage.target };
  const { findings = [], changes = [] } = lineage.exception ?? {};
  const named = new Set([
    ...findings.flatMap((one) => one.columns ?? []),
    ...changes.map((one) => one.column),
  ]);
  const direct = lineage.source.filter((one) => named.has(one.column)).map((one) => one.column);
  const fields = lineage.target.filter(
    (one) => named.has(one.column) || one.source_columns.some((column) => direct.includes(column)),
  );
  if (fields.length === 0 && direct.length === 0) {
    return {
      source: lineage.source.filter((one) => one.value !== null),
      fields: lineage.target.filter((one) => one.value !== null),
    };
  }
  const from = new Set([...direct, ...fields.flatMap((one) => one.source_columns)]);
  return { source: lineage.source.filter((one) => from.has(one.column)), fields };
}
