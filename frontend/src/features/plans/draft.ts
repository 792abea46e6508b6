/** A plan while it is typed: numbers may be missing for a moment. */
import type { Plan, PlanChange } from "./api";

/** What the API gives where nobody says otherwise, and the most that it takes. */
export const DEFAULT_RATE = 100;
export const MOST_RATE = 2000;
export const SCOPES = [
  "reports:read",
  "rules:read",
  "reference:read",
  "schedules:read",
  "schemas:read",
  "changes:read",
  "usage:read",
] as const;

export interface PlanDraft extends Omit<
  Required<PlanChange>,
  "rate_limit_per_minute" | "monthly_quota" | "max_keys" | "max_members" | "regimes" | "trial_days"
> {
  rate_limit_per_minute: number | string;
  monthly_quota: number | string;
  max_keys: number | string;
  max_members: number | string;
  trial_days: number | string;
  regimes: string[];
}

export const EMPTY_PLAN: PlanDraft = {
  name: "",
  description: "",
  rate_limit_per_minute: DEFAULT_RATE,
  monthly_quota: "",
  max_keys: 5,
  max_members: 5,
  scopes: [...SCOPES],
  regimes: [],
  kinds: null,
  publication_ids: null,
  is_default: false,
  is_offered: true,
  stripe_price_id: null,
  trial_days: 0,
};

export function draftOf(plan: Plan): PlanDraft {
  return {
    name: plan.name,
    description: plan.description,
    rate_limit_per_minute: plan.rate_limit_per_minute,
    monthly_quota: plan.monthly_quota ?? "",
    max_keys: plan.max_keys,
    max_members: plan.max_members,
    scopes: plan.scopes,
    regimes: plan.regimes ?? [],
    kinds: plan.kinds,
    publication_ids: plan.publication_ids,
    is_default: plan.is_default,
    is_offered: plan.is_offered,
    stripe_price_id: plan.stripe_price_id ?? null,
    trial_days: plan.trial_days,
  };
}

/** What is sent; undefined while something that a plan needs is missing. */
export function changeOf(draft: PlanDraft): PlanChange | undefined {
  const { rate_limit_per_minute, max_keys, max_members, monthly_quota, regimes, trial_days, ...rest } = draft;
  const name = draft.name.trim();
  if (!name) return undefined;
  if (
    typeof rate_limit_per_minute !== "number" ||
    typeof max_keys !== "number" ||
    typeof max_members !== "number"
  )
    return undefined;
  return {
    ...rest,
    name,
    rate_limit_per_minute,
    max_keys,
    max_members,
    trial_days: typeof trial_days === "number" ? trial_days : 0,
    monthly_quota: typeof monthly_quota === "number" ? monthly_quota : null,
    // No regime at all would open nothing: that is what no scopes say.
    regimes: regimes.length > 0 ? regimes : null,
  };
}

/** The same plan, offered to nobody. */
export function retired(plan: Plan): PlanChange | undefined {
  return changeOf({ ...draftOf(plan), is_offered: false, is_default: false });
}
