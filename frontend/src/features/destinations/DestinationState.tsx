import { StatusBadge } from "@openreg/ui";
import type { Destination } from "./api";
import { DESTINATION_TONES, stateOf } from "./destinationState";
import { destinationMessages as text } from "./messages";

export function DestinationState({ destination }: { destination: Destination }) {
  const state = stateOf(destination);
  return <StatusBadge tone={DESTINATION_TONES[state]}>{text.states[state]}</StatusBadge>;
}
