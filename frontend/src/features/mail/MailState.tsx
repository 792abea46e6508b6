import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { MailState as State } from "./api";
import { mailMessages } from "./messages";

const TONES: Record<State, StatusTone> = {
  pending: "neutral",
  sending: "running",
  retrying: "warning",
  sent: "success",
  failed: "failed",
  kept: "neutral",
};

export const mailStates = Object.keys(TONES) as [State, ...State[]];

export function MailState({ state }: { state: State }) {
  return <StatusBadge tone={TONES[state]}>{mailMessages.states[state]}</StatusBadge>;
}
