/** What a run would do with a row. */
import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { DryRunRow } from "./api";
import { editorMessages } from "./messages";

type Outcome = DryRunRow["outcome"];

const TONES: Record<Outcome, StatusTone> = {
  reported: "success",
  set_aside: "warning",
  filtered: "off",
  excluded: "off",
  held: "neutral",
  blocked: "failed",
};

export const outcomes = Object.keys(TONES) as Outcome[];

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return <StatusBadge tone={TONES[outcome]}>{editorMessages.dryRun.outcomes[outcome]}</StatusBadge>;
}
