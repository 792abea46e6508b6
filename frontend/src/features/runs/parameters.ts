/** Parameters that a report version declares, and what somebody typed for them. */
import { runMessages } from "./messages";

export type TypedValue = string | number | boolean | null;

export interface DeclaredParameter {
  name: string;
  type: string;
  isRequired: boolean;
  defaultValue: string | null;
}

interface StoredParameter {
  type?: unknown;
  default?: unknown;
  required?: unknown;
}

/** From the document of a version; one without a source has none. */
export function declaredParameters(document: unknown): DeclaredParameter[] {
  const source = (document as { source?: { parameters?: Record<string, StoredParameter> } } | undefined)
    ?.source;
  return Object.entries(source?.parameters ?? {}).map(([name, stored]) => ({
    name,
    type: String(stored.type ?? "text"),
    isRequired: stored.required === true,
    defaultValue: stored.default === null || stored.default === undefined ? null : String(stored.default),
  }));
}

/**
 * What is sent. A value that was left empty is left out, so that the default holds; decimals stay text, because a
 * number of JavaScript would round them.
 */
export function readParameters(declared: DeclaredParameter[], typed: Record<string, TypedValue>) {
  const values: Record<string, TypedValue> = {};
  const faults: Record<string, string> = {};
  const text = runMessages.start;
  for (const { name, type, isRequired, defaultValue } of declared) {
    const value = typed[name];
    if (value === undefined || value === null || value === "") {
      if (isRequired && defaultValue === null) faults[name] = text.required;
    } else if (typeof value !== "string") values[name] = value;
    else if (type === "integer") {
      if (/^[+-]?\d+$/.test(value.trim()) && Number.isSafeInteger(Number(value)))
        values[name] = Number(value);
      else faults[name] = text.notNumber;
    } else if (type === "decimal") {
      if (/^[+-]?\d+(\.\d+)?$/.test(value.trim())) values[name] = value.trim();
      else faults[name] = text.notNumber;
    } else values[name] = type === "timestamp" ? new Date(value).toISOString() : value;
  }
  return { values, faults };
}

/** The last day before today that is no Saturday and no Sunday: what is mostly reported. */
export function lastWorkday(today: Date): string {
  const day = new Date(Date.UTC(today.getFullYear(), today.getMonth(), today.getDate() - 1));
  while (day.getUTCDay() === 0 || day.getUTCDay() === 6) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}
