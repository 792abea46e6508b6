import { createFileRoute } from "@tanstack/react-router";
import { reconciliationStates, reconciliationsQuery } from "@/features/reconciliations/api";
import { ReconciliationList } from "@/features/reconciliations/ReconciliationList";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(reconciliationStates),
  report_id: uuid,
  cursor: text(200),
});

export const Route = createFileRoute("/_app/reconciliations/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(reconciliationsQuery(deps)),
  component: ReconciliationList,
});
