import { describe, expect, it } from "vitest";
import type { Plan } from "./api";
import { changeOf, draftOf, EMPTY_PLAN, retired } from "./draft";

const plan: Plan = {
  id: "00000000-0000-7000-8000-0000000000f1",
  key: "basic",
  name: "Basic",
  description: "For a start.",
  rate_limit_per_minute: 60,
  monthly_quota: null,
  max_keys: 3,
  max_members: 2,
  scopes: ["rules:read"],
  regimes: ["mifir-rts22"],
  kinds: ["report"],
  publication_ids: null,
  is_default: true,
  is_offered: true,
  stripe_price_id: "price_basic",
  trial_days: 14,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
};

describe("a plan while it is typed", () => {
  it("sends nothing without a name or while a number is missing", () => {
    expect(changeOf(EMPTY_PLAN)).toBeUndefined();
    expect(changeOf({ ...EMPTY_PLAN, name: "A", rate_limit_per_minute: "" })).toBeUndefined();
    expect(changeOf({ ...EMPTY_PLAN, name: "  A " })).toMatchObject({ name: "A", monthly_quota: null });
  });

  it("says nothing about regimes where none is named, so that all are meant", () => {
    expect(changeOf({ ...EMPTY_PLAN, name: "A" })).toMatchObject({ regimes: null });
    expect(changeOf({ ...draftOf(plan), monthly_quota: 5000 })).toMatchObject({
      regimes: ["mifir-rts22"],
      monthly_quota: 5000,
    });
  });

  it("keeps all else of a plan that is retired", () => {
    const { is_offered, is_default, ...others } = retired(plan) ?? {};
    expect([is_offered, is_default]).toEqual([false, false]);
    expect(plan).toMatchObject(others);
  });
});
