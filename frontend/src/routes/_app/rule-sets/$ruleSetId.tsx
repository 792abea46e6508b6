import { createFileRoute } from "@tanstack/react-router";
import { ruleSetQuery } from "@/features/rule-sets/api";
import { RuleSetDetail } from "@/features/rule-sets/RuleSetDetail";
import { positive, searchParams } from "@/lists/searchParams";

const search = searchParams({ version: positive, with: positive });

export const Route = createFileRoute("/_app/rule-sets/$ruleSetId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(ruleSetQuery(params.ruleSetId)),
  component: RuleSetDetail,
});
