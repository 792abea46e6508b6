import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { UserState as State } from "./api";
import { userMessages } from "./messages";

const TONES: Record<State, StatusTone> = { active: "success", suspended: "warning", disabled: "off" };

export function UserState({ state }: { state: State }) {
  return <StatusBadge tone={TONES[state]}>{userMessages.states[state]}</StatusBadge>;
}
