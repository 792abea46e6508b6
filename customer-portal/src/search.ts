/** What may stand behind the question mark of an address: what is not understood counts as absent. */
const LONGEST = 2000;

export type Raw = Record<string, unknown>;

export function text(raw: unknown): string | undefined {
  return typeof raw === "string" && raw.length <= LONGEST ? raw : undefined;
}

export function oneOf<const T extends string>(values: readonly T[], raw: unknown): T | undefined {
  return values.find((value) => value === raw);
}

/** A day that exists: the 30th of February would only come back from the server as an error. */
export function day(raw: unknown): string | undefined {
  if (typeof raw !== "string" || !/^\d{4}-\d\d-\d\d$/.test(raw)) return undefined;
  const moment = new Date(`${raw}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toJSON().startsWith(raw) ? raw : undefined;
}
