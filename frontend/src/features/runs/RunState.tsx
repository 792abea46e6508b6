import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { Schema } from "@/api/types";
import { runMessages } from "./messages";

type State = Schema<"RunState">;

const TONES: Record<State, StatusTone> = {
  pending: "neutral",
  running: "running",
  cancelling: "warning",
  succeeded: "success",
  partial: "warning",
  failed: "failed",
  cancelled: "off",
};

export const runStates = Object.keys(TONES) as State[];

export function RunState({ state }: { state: string }) {
  const known = runStates.find((one) => one === state);
  return (
    <StatusBadge tone={known ? TONES[known] : "neutral"}>
      {known ? runMessages.states[known] : state}
    </StatusBadge>
  );
}
