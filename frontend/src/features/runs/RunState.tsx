import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { RunStateName } from "./api";
import { runMessages } from "./messages";
import { runStates } from "./states";

const TONES: Record<RunStateName, StatusTone> = {
  pending: "neutral",
  running: "running",
  cancelling: "warning",
  succeeded: "success",
  partial: "warning",
  failed: "failed",
  cancelled: "off",
};

/** A run that is held waits for somebody: that stands beside its state. */
export function RunState({ state, isHeld = false }: { state: string; isHeld?: boolean }) {
  const known = runStates.find((one) => one === state);
  return (
    <>
      <StatusBadge tone={known ? TONES[known] : "neutral"}>{runMessages.stateName(state)}</StatusBadge>
      {isHeld && <StatusBadge tone="warning">{runMessages.held}</StatusBadge>}
    </>
  );
}
