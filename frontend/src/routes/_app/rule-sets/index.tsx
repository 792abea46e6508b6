import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { ruleSetsQuery } from "@/features/rule-sets/api";
import { RuleSetList } from "@/features/rule-sets/RuleSetList";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/rule-sets/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(ruleSetsQuery(deps)),
  component: RuleSetList,
});
