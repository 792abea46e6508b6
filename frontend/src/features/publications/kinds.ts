/** What can be published. */
import type { PublicationKind } from "./api";

export const publicationKinds = [
  "report",
  "rule_pack",
  "rule_set",
  "dataset",
  "schedule",
  "schema",
] as const satisfies readonly PublicationKind[];
