/** What a failed rule does, in words. */
import { StatusBadge, type StatusTone } from "@openreg/ui";
import { severities } from "@/features/rules/words";
import { editorMessages } from "./messages";

const TONES: Record<(typeof severities)[number], StatusTone> = {
  blocking: "failed",
  correctable: "warning",
  warning: "neutral",
};

export function RuleSeverity({ severity }: { severity: string }) {
  const known = severities.find((one) => one === severity);
  return (
    <StatusBadge tone={known ? TONES[known] : "neutral"}>
      {known ? editorMessages.rules.severities[known] : severity}
    </StatusBadge>
  );
}
