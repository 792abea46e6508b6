/** The states of a run, in the order of its life. */
import type { RunStateName } from "./api";

export const runStates = [
  "pending",
  "running",
  "cancelling",
  "succeeded",
  "partial",
  "failed",
  "cancelled",
] as const satisfies readonly RunStateName[];
