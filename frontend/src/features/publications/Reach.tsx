import { formatList } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { planChoicesQuery } from "@/features/plans/api";
import type { Publication } from "./api";
import { publicationMessages as text } from "./messages";
import { isIncluded } from "./reach";

/** Names of the plans that include a publication; nothing for those who may not see plans. */
export function Reach({ publication }: { publication: Publication }) {
  const plans = useQuery({ ...planChoicesQuery(), enabled: useMay("customers:read") }).data?.items;
  if (!plans || publication.unpublished_at) return null;
  const names = plans.filter((plan) => isIncluded(plan, publication)).map((plan) => plan.name);
  return names.length > 0 ? formatList(names) : text.noPlan;
}
