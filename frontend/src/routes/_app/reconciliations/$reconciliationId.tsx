import { createFileRoute } from "@tanstack/react-router";
import { reconciliationQuery } from "@/features/reconciliations/api";
import { ReconciliationPage } from "@/features/reconciliations/ReconciliationPage";

export const Route = createFileRoute("/_app/reconciliations/$reconciliationId")({
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(reconciliationQuery(params.reconciliationId)),
  component: ReconciliationPage,
});
