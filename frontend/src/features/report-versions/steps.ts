/** Which steps a version can take, and why somebody may not take one. The server decides in any case. */
import type { Step, Version } from "./api";
import { versionMessages } from "./messages";

const text = versionMessages.notAllowed;

export interface OfferedStep {
  step: Step;
  /** Why it cannot be taken; null when it can. */
  reason: string | null;
}

export interface Decider {
  permissions: readonly string[];
  userId: string | null;
  /** Nothing runs that only its author has seen. */
  needsFourEyes: boolean;
  isReportArchived: boolean;
}

const PERMISSION: Record<Step, string> = {
  submit: "reports:submit",
  withdraw: "reports:submit",
  approve: "reports:approve",
  reject: "reports:approve",
  activate: "reports:activate",
  archive: "reports:archive",
  "roll-back": "reports:submit",
};

const POSSIBLE: Record<Version["state"], Step[]> = {
  draft: ["submit", "activate", "archive"],
  in_review: ["approve", "reject", "withdraw"],
  approved: ["withdraw", "archive"],
  active: [],
  archived: ["roll-back"],
};

/** The steps of the version's state, in the order they are offered; those nobody here can take say why. */
export function offeredSteps(
  version: Pick<Version, "state" | "authors" | "created_by" | "submitted_by">,
  decider: Decider,
): OfferedStep[] {
  return POSSIBLE[version.state].map((step) => ({ step, reason: reasonAgainst(step, version, decider) }));
}

function reasonAgainst(
  step: Step,
  version: Pick<Version, "authors" | "created_by" | "submitted_by">,
  { permissions, userId, needsFourEyes, isReportArchived }: Decider,
): string | null {
  if (!permissions.includes(PERMISSION[step])) return text.permission(PERMISSION[step]);
  if (isReportArchived && step !== "archive" && step !== "withdraw") return text.archivedReport;
  if (step === "activate" && needsFourEyes) return text.fourEyes;
  const hands = [...version.authors, version.created_by, version.submitted_by];
  if (step === "approve" && needsFourEyes && userId !== null && hands.includes(userId)) return text.author;
  return null;
}
