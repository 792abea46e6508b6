/** Where an exception stands between being set aside and being dealt with. */
import type { ExceptionStateName } from "./api";

export const EXCEPTION_STATES = [
  "open",
  "amended",
  "resubmitted",
  "resolved",
  "accepted",
  "rejected",
] as const satisfies readonly ExceptionStateName[];

/** Those that somebody has to do something about. */
export function isWorkable(state: string): boolean {
  return state === "open" || state === "amended";
}

export function isClosedByHand(state: string): boolean {
  return state === "accepted" || state === "rejected";
}
