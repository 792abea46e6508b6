import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { ExceptionStateName } from "./api";
import { exceptionMessages as text } from "./messages";
import { EXCEPTION_STATES } from "./states";

const TONES: Record<ExceptionStateName, StatusTone> = {
  open: "warning",
  amended: "running",
  resubmitted: "running",
  resolved: "success",
  accepted: "neutral",
  rejected: "off",
};

/** An acceptance that somebody else has to agree to stands beside the state. */
export function ExceptionState({ state, isProposed = false }: { state: string; isProposed?: boolean }) {
  const known = EXCEPTION_STATES.find((one) => one === state);
  return (
    <>
      <StatusBadge tone={known ? TONES[known] : "neutral"}>{text.stateName(state)}</StatusBadge>
      {isProposed && <StatusBadge tone="warning">{text.proposed}</StatusBadge>}
    </>
  );
}

const SEVERITIES: Record<string, StatusTone> = {
  blocking: "failed",
  correctable: "warning",
  warning: "neutral",
};

export function SeverityBadge({ severity }: { severity: string }) {
  return <StatusBadge tone={SEVERITIES[severity] ?? "neutral"}>{text.severityName(severity)}</StatusBadge>;
}
