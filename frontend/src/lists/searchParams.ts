/**
 * What may stand behind the question mark of a page's address.
 *
 * Addresses are typed, cut off and come from old bookmarks: a parameter that is not understood counts as absent, and one
 * that the page does not know is dropped. A library of schemas would do this too, at a tenth of what a browser has to load
 * before it shows anything: every page's parameters are needed at once, because links are made from them.
 */

/** Reads one parameter; undefined when it is absent or not understood. */
export type Param<T> = (raw: unknown) => T | undefined;

type Params = Record<string, Param<unknown>>;
type Read<P extends Params> = { [Name in keyof P]?: ReturnType<P[Name]> };

export function searchParams<P extends Params>(params: P) {
  return (raw: Record<string, unknown>): Read<P> => {
    const found: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(params)) {
      const value = read(raw[name]);
      if (value !== undefined) found[name] = value;
    }
    return found as Read<P>;
  };
}

export function text(maxLength: number): Param<string> {
  return (raw) => (typeof raw === "string" && raw.length <= maxLength ? raw : undefined);
}

export function oneOf<const T extends string | boolean>(values: readonly T[]): Param<T> {
  return (raw) => values.find((value) => value === raw);
}

const matching =
  (pattern: RegExp): Param<string> =>
  (raw) =>
    typeof raw === "string" && pattern.test(raw) ? raw : undefined;

export const uuid = matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i);

const day = matching(/^\d{4}-\d\d-\d\d$/);

/** A day that exists: the 30th of February would only come back from the server as an error. */
export const date: Param<string> = (raw) => {
  const found = day(raw);
  return found && new Date(`${found}T00:00:00Z`).toJSON()?.startsWith(found) ? found : undefined;
};

const moment = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/);

/** A date with time and zone. */
export const instant: Param<string> = (raw) => {
  const found = moment(raw);
  return found && !Number.isNaN(Date.parse(found)) ? found : undefined;
};

export const positive: Param<number> = (raw) =>
  typeof raw === "number" && Number.isSafeInteger(raw) && raw > 0 ? raw : undefined;
