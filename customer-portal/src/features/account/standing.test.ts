import { expect, it } from "vitest";
import { standing } from "./standing";

const plan = {
  key: "basic",
  name: "Basic",
  description: "",
  rate_limit_per_minute: 100,
  monthly_quota: null,
  max_keys: 5,
  max_members: 5,
  scopes: [],
  regimes: null,
};
const now = new Date("2026-11-28T12:00:00Z");

it("says why keys are refused, the strongest reason first", () => {
  expect(standing({ state: "suspended", plan: null, plan_until: null }, now)).toBe("suspended");
  expect(standing({ state: "active", plan: null, plan_until: null }, now)).toBe("no_plan");
  expect(standing({ state: "active", plan, plan_until: "2026-11-28T12:00:00Z" }, now)).toBe("plan_ended");
  expect(standing({ state: "active", plan, plan_until: "2026-11-28T12:00:01Z" }, now)).toBe("entitled");
  expect(standing({ state: "active", plan, plan_until: null }, now)).toBe("entitled");
});
