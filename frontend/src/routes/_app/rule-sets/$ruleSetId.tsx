import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { ruleSetQuery } from "@/features/rule-sets/api";
import { RuleSetDetail } from "@/features/rule-sets/RuleSetDetail";

const search = z.object({ version: z.number().int().positive().optional().catch(undefined) });

export const Route = createFileRoute("/_app/rule-sets/$ruleSetId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(ruleSetQuery(params.ruleSetId)),
  component: RuleSetDetail,
});
