/** Which plans include a publication. */
import type { Plan } from "@/features/plans/api";
import type { Publication, PublicationKind } from "./api";

const SCOPE_OF: Record<PublicationKind, string> = {
  report: "reports:read",
  rule_pack: "rules:read",
  rule_set: "rules:read",
  dataset: "reference:read",
  schedule: "schedules:read",
  schema: "schemas:read",
};

type Limits = Pick<Plan, "scopes" | "regimes" | "kinds" | "publication_ids">;

/** Every limit of a plan holds by itself; what belongs to no regime is not in a plan that names some. */
export function isIncluded(
  plan: Limits,
  one: Pick<Publication, "id" | "kind" | "regimes" | "own_regimes">,
): boolean {
  const regimes = [...one.regimes, ...one.own_regimes];
  return (
    plan.scopes.includes(SCOPE_OF[one.kind]) &&
    (!plan.kinds || plan.kinds.includes(one.kind)) &&
    (!plan.publication_ids || plan.publication_ids.includes(one.id)) &&
    (!plan.regimes || regimes.some((regime) => plan.regimes?.includes(regime)))
  );
}
