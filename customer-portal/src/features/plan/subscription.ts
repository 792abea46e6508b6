/** What can be done about a subscription in its state. */
import type { StatusTone } from "@openreg/ui";
import type { Subscription, SubscriptionStatus } from "./api";

const RUNNING: readonly SubscriptionStatus[] = ["trialing", "active", "past_due", "unpaid", "paused"];

/** There is one that can be changed or ended; otherwise a plan is bought anew. */
export function isRunning(subscription: Pick<Subscription, "status" | "ended_at">): boolean {
  return subscription.status !== null && !subscription.ended_at && RUNNING.includes(subscription.status);
}

export const STATUS_TONES: Record<SubscriptionStatus, StatusTone> = {
  trialing: "running",
  active: "success",
  past_due: "warning",
  unpaid: "failed",
  incomplete: "warning",
  incomplete_expired: "off",
  paused: "neutral",
  canceled: "off",
};
