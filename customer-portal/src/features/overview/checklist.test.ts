import { expect, it } from "vitest";
import type { Account } from "@/features/account/api";
import { nextStep, stepsDone } from "./checklist";

const account: Account = {
  customer_id: "1",
  company: "Reader Ltd",
  state: "active",
  plan: null,
  plan_until: null,
  open_keys: 0,
  user_id: "2",
  email: "rita@reader.example",
  full_name: "Rita Reader",
  role: "owner",
  rights: [],
};
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

it("leads through the steps one by one", () => {
  expect(nextStep(stepsDone(account, false, now))).toBe("plan");
  expect(nextStep(stepsDone({ ...account, plan }, false, now))).toBe("key");
  expect(nextStep(stepsDone({ ...account, plan, open_keys: 1 }, false, now))).toBe("call");
  expect(nextStep(stepsDone({ ...account, plan, open_keys: 1 }, true, now))).toBeNull();
});

it("asks for a plan again when it has ended, whatever was done before", () => {
  const ended = { ...account, plan, plan_until: "2026-11-27T00:00:00Z", open_keys: 1 };
  expect(nextStep(stepsDone(ended, true, now))).toBe("plan");
});
