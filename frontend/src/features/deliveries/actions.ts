/** What can be done with a delivery: the server decides, and this keeps it from being asked in vain. */
import type { Delivery, DeliveryStateName } from "./api";

export type DeliveryAction = "retry" | "pause" | "resume" | "cancel" | "redeliver";

const BY_STATE: Record<DeliveryStateName, readonly DeliveryAction[]> = {
  pending: ["pause", "cancel"],
  sending: ["pause"],
  retrying: ["retry", "pause", "cancel"],
  paused: ["resume", "cancel"],
  stopped: ["retry", "cancel"],
  failed: ["retry", "redeliver"],
  delivered: ["redeliver"],
  cancelled: ["redeliver"],
};
/** These do not go on before their destination does. */
const GOES_ON: readonly DeliveryAction[] = ["retry", "resume"];

/** In the order in which they are shown. */
export function actionsOf(
  delivery: Pick<Delivery, "state" | "is_set_aside_with_destination">,
): readonly DeliveryAction[] {
  const possible = BY_STATE[delivery.state];
  return delivery.is_set_aside_with_destination
    ? possible.filter((action) => !GOES_ON.includes(action))
    : possible;
}
