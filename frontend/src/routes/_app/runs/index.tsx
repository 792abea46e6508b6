import { createFileRoute } from "@tanstack/react-router";
import { runCountsQuery, runsQuery } from "@/features/runs/api";
import { deliveryStates } from "@/features/deliveries/deliveryStates";
import { RunList } from "@/features/runs/RunList";
import { runStates } from "@/features/runs/states";
import { date, instant, oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(runStates),
  is_held: oneOf([true]),
  delivery_state: oneOf(deliveryStates),
  report_id: uuid,
  reporting_from: date,
  reporting_to: date,
  since: instant,
  sort: oneOf(["created_at", "-created_at", "reporting_date", "-reporting_date"]),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/runs/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps: { cursor, sort, ...filters } }) => {
    void context.queries.prefetchQuery(runsQuery({ ...filters, sort, cursor }));
    void context.queries.prefetchQuery(runCountsQuery(filters));
  },
  component: RunList,
});
