/** Names of inputs, and the join that a new one begins with. */
import type { ReportInput } from "./document";

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const SOURCE = "source";

export type Inputs = Record<string, ReportInput>;

/** Why a name cannot be given; null when it can. */
export function nameFault(name: string, inputs: Inputs): "invalid" | "taken" | null {
  if (!NAME.test(name) || name === SOURCE) return "invalid";
  return name in inputs ? "taken" : null;
}

/** The same inputs in the same order, one of them under another name. */
export function renamed(inputs: Inputs, from: string, to: string): Inputs {
  return Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name === from ? to : name, one]));
}

export function without(inputs: Inputs, name: string): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([one]) => one !== name));
}

/** A left join of every input, with the conditions left to write. */
export function firstJoin(inputs: Inputs): string {
  const joins = Object.entries(inputs).map(([name, one]) => {
    const column = one.key[0] ?? "…";
    return `  LEFT JOIN ${name} ON ${name}.${column} = ${SOURCE}.${column}`;
  });
  return [`SELECT ${SOURCE}.*`, `  FROM ${SOURCE}`, ...joins].join("\n");
}
