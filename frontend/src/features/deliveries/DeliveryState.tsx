import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { DeliveryStateName } from "./api";
import { deliveryMessages as text } from "./messages";

const TONES: Record<DeliveryStateName, StatusTone> = {
  pending: "neutral",
  sending: "running",
  retrying: "warning",
  delivered: "success",
  failed: "failed",
  paused: "off",
  stopped: "failed",
  cancelled: "off",
};

export function DeliveryState({ state }: { state: DeliveryStateName }) {
  return <StatusBadge tone={TONES[state]}>{text.stateName(state)}</StatusBadge>;
}
