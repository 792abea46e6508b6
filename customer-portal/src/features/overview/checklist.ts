/** The way to the first call, as far as one has come. */
import type { Account } from "@/features/account/api";
import { standing } from "@/features/account/standing";

export const STEPS = ["verified", "plan", "key", "call"] as const;
export type Step = (typeof STEPS)[number];

/** Who sees this page has followed the link of the mail. Calls of the past count, also those that were refused. */
export function stepsDone(account: Account, hasCalled: boolean, now: Date): Record<Step, boolean> {
  const state = standing(account, now);
  return {
    verified: true,
    plan: state !== "no_plan" && state !== "plan_ended",
    key: account.open_keys > 0,
    call: hasCalled,
  };
}

export function nextStep(done: Record<Step, boolean>): Step | null {
  return STEPS.find((step) => !done[step]) ?? null;
}
