/** Values for a preview or dry run: what was typed for it, else the default of the parameter. */
import type { JsonObject, ReportParameter } from "./document";

export function valuesOf(
  parameters: Record<string, ReportParameter>,
  given: Record<string, string> = {},
): JsonObject {
  const names = [...new Set([...Object.keys(parameters), ...Object.keys(given)])];
  const values = names
    .map((name) => [name, given[name] || parameters[name]?.default] as const)
    .filter(([, value]) => value !== undefined && value !== null && value !== "");
  return Object.fromEntries(values) as JsonObject;
}
