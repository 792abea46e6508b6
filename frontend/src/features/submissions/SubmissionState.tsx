import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { Submission, SubmissionStateName } from "./api";
import { submissionMessages as text } from "./messages";

const TONES: Record<SubmissionStateName, StatusTone> = {
  prepared: "neutral",
  approved: "neutral",
  sent: "running",
  acknowledged: "running",
  accepted: "success",
  partially_accepted: "warning",
  rejected: "failed",
  corrected: "success",
  withdrawn: "off",
};

type Shown = Pick<Submission, "state" | "hold" | "is_late" | "environment">;

/** The state, and beside it what somebody has to know at once: that it waits, that it is late, that it is a test. */
export function SubmissionState({ submission }: { submission: Shown }) {
  const { state, hold, is_late, environment } = submission;
  return (
    <>
      <StatusBadge tone={TONES[state]}>{text.stateName(state)}</StatusBadge>
      {hold !== "none" && <StatusBadge tone="warning">{text.holdName(hold)}</StatusBadge>}
      {is_late && <StatusBadge tone="failed">{text.late}</StatusBadge>}
      {environment === "test" && <StatusBadge tone="neutral">{text.test}</StatusBadge>}
    </>
  );
}
