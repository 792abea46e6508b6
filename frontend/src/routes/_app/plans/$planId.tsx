import { createFileRoute } from "@tanstack/react-router";
import { planQuery } from "@/features/plans/api";
import { PlanPage } from "@/features/plans/PlanPage";

export const Route = createFileRoute("/_app/plans/$planId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(planQuery(params.planId)),
  component: PlanPage,
});
