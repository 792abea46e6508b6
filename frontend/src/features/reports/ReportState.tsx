/** Where a report, or one of its versions, is in its life. */
import { StatusBadge, type StatusTone } from "@openreg/ui";
import type { Report } from "./api";
import { reportMessages } from "./messages";
import type { VersionStateName } from "./versionStates";

type ReportStateName = keyof typeof reportMessages.states;

const TONES: Record<ReportStateName, StatusTone> = {
  active: "success",
  in_review: "warning",
  approved: "running",
  draft: "neutral",
  new: "neutral",
  archived: "off",
};

/** The one word for a report: what runs counts more than what is being written. */
export function stateOfReport(report: Report): ReportStateName {
  if (report.archived_at) return "archived";
  if (report.active_version) return "active";
  if (report.approved_version) return "approved";
  if (report.in_review_version) return "in_review";
  return report.has_draft || report.pack_id ? "draft" : "new";
}

export function ReportState({ report }: { report: Report }) {
  const state = stateOfReport(report);
  return <StatusBadge tone={TONES[state]}>{reportMessages.states[state]}</StatusBadge>;
}

export function VersionState({ state }: { state: VersionStateName }) {
  return <StatusBadge tone={TONES[state]}>{reportMessages.versionStates[state]}</StatusBadge>;
}
