/** Whether what one sees is still being told: live, reconnecting, ended. */
import type { StreamState } from "../api/sse";
import { uiMessages } from "../messages";
import { StatusBadge, type StatusTone } from "./StatusBadge";

const TONES: Record<StreamState, StatusTone> = {
  live: "running",
  reconnecting: "warning",
  ended: "neutral",
  refused: "failed",
};

export function StreamBadge({ state }: { state: StreamState }) {
  return <StatusBadge tone={TONES[state]}>{uiMessages.stream[state]}</StatusBadge>;
}
