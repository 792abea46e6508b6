/** Whether the keys of a company open anything now; the server computes the same at each call. */
import type { Account } from "./api";

export type Standing = "entitled" | "suspended" | "no_plan" | "plan_ended";

export function standing(account: Pick<Account, "state" | "plan" | "plan_until">, now: Date): Standing {
  if (account.state !== "active") return "suspended";
  if (!account.plan) return "no_plan";
  if (account.plan_until && new Date(account.plan_until) <= now) return "plan_ended";
  return "entitled";
}
