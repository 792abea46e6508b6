import { createFileRoute } from "@tanstack/react-router";
import { plansQuery } from "@/features/plans/api";
import { PlanList } from "@/features/plans/PlanList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/plans/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(plansQuery(deps)),
  component: PlanList,
});
