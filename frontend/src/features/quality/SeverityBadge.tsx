import { StatusBadge } from "@openreg/ui";
import type { QualitySeverity } from "./api";
import { qualityMessages as text } from "./messages";

export function SeverityBadge({ severity }: { severity: QualitySeverity | null }) {
  if (severity === null) return <StatusBadge tone="success">{text.allGood}</StatusBadge>;
  return (
    <StatusBadge tone={severity === "critical" ? "failed" : "warning"}>
      {text.severities[severity]}
    </StatusBadge>
  );
}
