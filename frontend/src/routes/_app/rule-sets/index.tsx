import { createFileRoute } from "@tanstack/react-router";
import { ruleSetsQuery } from "@/features/rule-sets/api";
import { RuleSetList } from "@/features/rule-sets/RuleSetList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/rule-sets/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(ruleSetsQuery(deps)),
  component: RuleSetList,
});
