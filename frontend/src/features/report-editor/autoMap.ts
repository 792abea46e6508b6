/**
 * Which source column probably fills which target column, by their names.
 *
 * Only a proposal, with how sure it is and why: the person chooses what is taken.
 */
export interface Target {
  name: string;
  title: string;
  type: string;
}

export interface Origin {
  name: string;
  type: string;
}

export interface Proposal {
  target: string;
  column: string;
  /** Percent. */
  confidence: number;
  reason: "same_name" | "same_words" | "same_title" | "some_words";
}

/** Below this a proposal is a guess, and guesses are left to people. */
export const LEAST = 50;
/** From here on a proposal is chosen beforehand. */
export const SURE = 85;
const OTHER_TYPE = 15;

const SHORT: Record<string, string> = {
  id: "identifier",
  ident: "identifier",
  identification: "identifier",
  code: "identifier",
  ref: "reference",
  num: "number",
  no: "number",
  qty: "quantity",
  amt: "amount",
  ccy: "currency",
  cur: "currency",
  curr: "currency",
  dt: "date",
  ts: "time",
  datetime: "time",
  timestamp: "time",
  px: "price",
  instr: "instrument",
  tx: "transaction",
  txn: "transaction",
  trade: "transaction",
  ctry: "country",
  cpty: "counterparty",
};

export function proposeMappings(
  targets: readonly Target[],
  columns: readonly Origin[],
  mapped: ReadonlySet<string>,
): Proposal[] {
  return targets
    .filter((target) => !mapped.has(target.name))
    .flatMap((target) => {
      const best = columns
        .map((column) => score(target, column))
        .filter((found) => found.confidence >= LEAST)
        .sort((one, other) => other.confidence - one.confidence);
      // Two that are equally likely are no proposal.
      const isTie = best[0] !== undefined && best[0].confidence === best[1]?.confidence;
      return best[0] && !isTie ? [best[0]] : [];
    });
}

function score(target: Target, column: Origin): Proposal {
  const found = compare(target, column.name);
  const penalty = kindOf(target.type) === kindOf(column.type) ? 0 : OTHER_TYPE;
  return { target: target.name, column: column.name, ...found, confidence: found.confidence - penalty };
}

function compare(target: Target, column: string): Pick<Proposal, "confidence" | "reason"> {
  if (plain(target.name) === plain(column)) return { confidence: 100, reason: "same_name" };
  const wanted = words(target.name);
  const given = words(column);
  const shared = share(wanted, given);
  if (shared === 1) return { confidence: 95, reason: "same_words" };
  if (share(words(target.title), given) === 1) return { confidence: 90, reason: "same_title" };
  return { confidence: Math.round(shared * 85), reason: "some_words" };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function words(name: string): Set<string> {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return new Set(parts.map((word) => SHORT[word] ?? word));
}

/** How much of all the words both have: 1 when they are the same. */
function share(one: Set<string>, other: Set<string>): number {
  const all = new Set([...one, ...other]);
  if (all.size === 0) return 0;
  return [...one].filter((word) => other.has(word)).length / all.size;
}

/** Types between which a value goes without a cast count as one. */
function kindOf(type: string): string {
  if (/^(integer|decimal|double)/.test(type)) return "number";
  return /^(date|timestamp|local)/.test(type) ? "time" : type;
}
