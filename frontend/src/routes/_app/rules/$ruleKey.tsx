import { createFileRoute } from "@tanstack/react-router";
import { ruleQuery } from "@/features/rules/api";
import { RuleDetail } from "@/features/rules/RuleDetail";

export const Route = createFileRoute("/_app/rules/$ruleKey")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(ruleQuery(params.ruleKey)),
  component: RuleDetail,
});
