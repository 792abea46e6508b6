import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { Entry, EntryStateName } from "./api";
import { registerMessages as text } from "./messages";

const TONES: Record<EntryStateName, StatusTone> = {
  open: "warning",
  assessed: "neutral",
  notified: "neutral",
  remediating: "running",
  closed: "success",
  reopened: "warning",
};

/** The state, and beside it what somebody has to know at once. */
export function EntryState({
  entry,
}: {
  entry: Pick<Entry, "state" | "overdue_actions" | "back_reported_at">;
}) {
  return (
    <>
      <StatusBadge tone={TONES[entry.state]}>{text.stateName(entry.state)}</StatusBadge>
      {entry.overdue_actions > 0 && (
        <StatusBadge tone="failed">{text.overdue(entry.overdue_actions)}</StatusBadge>
      )}
      {entry.back_reported_at !== null && entry.state !== "closed" && (
        <StatusBadge tone="success">{text.backReported}</StatusBadge>
      )}
    </>
  );
}
