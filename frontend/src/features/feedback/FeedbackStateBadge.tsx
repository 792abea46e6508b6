import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { AdviceState, FeedbackState } from "./api";
import { feedbackMessages as text } from "./messages";

const TONES: Record<FeedbackState, StatusTone> = {
  received: "running",
  parsing: "running",
  applied: "success",
  unmatched: "warning",
  contradictory: "warning",
  refused: "failed",
};

const ADVICE_TONES: Record<AdviceState, StatusTone> = {
  accepted: "success",
  pending: "warning",
  received: "running",
  rejected: "failed",
  unsent: "off",
};

export function FeedbackStateBadge({ state }: { state: FeedbackState }) {
  return <StatusBadge tone={TONES[state]}>{text.states[state]}</StatusBadge>;
}

export function AdviceStateBadge({ state }: { state: AdviceState }) {
  return <StatusBadge tone={ADVICE_TONES[state]}>{text.adviceStates[state]}</StatusBadge>;
}
