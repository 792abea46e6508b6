import { createFileRoute } from "@tanstack/react-router";
import { phases, severities } from "@/features/rules/words";
import { origins, ruleOrders, ruleSources, rulesQuery } from "@/features/rules/api";
import { RuleList } from "@/features/rules/RuleList";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  origin: oneOf(origins),
  severity: oneOf(severities),
  phase: oneOf(phases),
  source: oneOf(ruleSources),
  is_failing: oneOf([true]),
  sort: oneOf(ruleOrders),
  cursor: text(400),
});

export const Route = createFileRoute("/_app/rules/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(rulesQuery(deps)),
  component: RuleList,
});
