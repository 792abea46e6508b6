import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { HeldState } from "./api";
import { heldMessages as text } from "./messages";

const TONES: Record<HeldState, StatusTone> = {
  held: "warning",
  released: "running",
  reported: "success",
  excluded: "off",
};

export function HeldStateBadge({ state }: { state: HeldState }) {
  return <StatusBadge tone={TONES[state]}>{text.stateName(state)}</StatusBadge>;
}
