/** Seconds until something may be asked for again; begins with a wait. */
import { useInterval } from "@mantine/hooks";
import { useState } from "react";

const COOLDOWN_SECONDS = 30;

export function useCooldown() {
  const [seconds, setSeconds] = useState(COOLDOWN_SECONDS);
  useInterval(() => setSeconds((left) => Math.max(0, left - 1)), 1000, { autoInvoke: true });
  return { seconds, start: () => setSeconds(COOLDOWN_SECONDS) };
}
