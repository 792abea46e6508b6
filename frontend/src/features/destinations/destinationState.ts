/** The one word for how a destination is, worst first. */
import type { StatusTone } from "@openreg/ui";
import type { Destination } from "./api";
import { HOST_KEY } from "./kinds";
import type { destinationMessages } from "./messages";

export type DestinationStateName = keyof typeof destinationMessages.states;

export const DESTINATION_TONES: Record<DestinationStateName, StatusTone> = {
  archived: "off",
  stopped: "failed",
  paused: "off",
  unconfirmed: "warning",
  in_service: "success",
};

export function stateOf(
  one: Pick<Destination, "archived_at" | "stopped" | "is_paused" | "kind" | "settings">,
): DestinationStateName {
  if (one.archived_at) return "archived";
  if (one.stopped) return "stopped";
  if (one.is_paused) return "paused";
  if (one.kind === "sftp" && !one.settings[HOST_KEY]) return "unconfirmed";
  return "in_service";
}
