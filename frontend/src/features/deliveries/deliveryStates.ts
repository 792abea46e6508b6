/** The states of a delivery, in the order of its life. */
import type { DeliveryStateName } from "./api";

export const deliveryStates = [
  "pending",
  "sending",
  "retrying",
  "delivered",
  "failed",
  "paused",
  "stopped",
  "cancelled",
] as const satisfies readonly DeliveryStateName[];
