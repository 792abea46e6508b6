import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { phases, severities } from "@/features/rules/words";
import { origins, ruleOrders, ruleSources, rulesQuery } from "@/features/rules/api";
import { RuleList } from "@/features/rules/RuleList";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  origin: z.enum(origins).optional().catch(undefined),
  severity: z.enum(severities).optional().catch(undefined),
  phase: z.enum(phases).optional().catch(undefined),
  source: z.enum(ruleSources).optional().catch(undefined),
  is_failing: z.literal(true).optional().catch(undefined),
  sort: z.enum(ruleOrders).optional().catch(undefined),
  cursor: z.string().max(400).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/rules/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(rulesQuery(deps)),
  component: RuleList,
});
