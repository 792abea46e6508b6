import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { DifferenceState, ReconciliationState } from "./api";
import { reconciliationMessages as text } from "./messages";

const TONES: Record<ReconciliationState, StatusTone> = {
  queued: "neutral",
  running: "running",
  done: "success",
  failed: "failed",
  cancelled: "off",
};

export function ReconciliationStateBadge({ state }: { state: ReconciliationState }) {
  return <StatusBadge tone={TONES[state]}>{text.states[state]}</StatusBadge>;
}

export function DifferenceStateBadge({ state }: { state: DifferenceState }) {
  return (
    <StatusBadge tone={state === "open" ? "warning" : "success"}>{text.differenceStates[state]}</StatusBadge>
  );
}
