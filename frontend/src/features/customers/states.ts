/** The states of a customer, and whether its plan holds. */
import type { Customer, CustomerState } from "./api";

export const customerStates = ["active", "suspended", "deleted"] as const satisfies readonly CustomerState[];

export function hasPlanEnded(customer: Pick<Customer, "plan_until">, now: Date): boolean {
  return customer.plan_until != null && new Date(customer.plan_until) <= now;
}
