/** The states of a version, in the order of its life. */
import type { Schema } from "@/api/types";

export type VersionStateName = Schema<"ReportVersionState">;

export const versionStates = [
  "draft",
  "in_review",
  "approved",
  "active",
  "archived",
] as const satisfies readonly VersionStateName[];
