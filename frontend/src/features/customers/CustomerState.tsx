import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { CustomerState as State } from "./api";
import { customerMessages } from "./messages";

const TONES: Record<State, StatusTone> = { active: "success", suspended: "warning", deleted: "off" };

export function CustomerState({ state }: { state: State }) {
  return <StatusBadge tone={TONES[state]}>{customerMessages.states[state]}</StatusBadge>;
}
