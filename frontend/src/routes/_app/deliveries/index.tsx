import { createFileRoute } from "@tanstack/react-router";
import { deliveriesQuery, deliveryCountsQuery } from "@/features/deliveries/api";
import { DeliveryList } from "@/features/deliveries/DeliveryList";
import { deliveryStates } from "@/features/deliveries/deliveryStates";
import { withins } from "@/features/deliveries/within";
import { date, oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  state: oneOf(deliveryStates),
  destination_id: uuid,
  report_id: uuid,
  run_id: uuid,
  reporting_from: date,
  reporting_to: date,
  within: oneOf(withins),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/deliveries/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(deliveriesQuery(deps));
    void context.queries.prefetchQuery(deliveryCountsQuery(deps));
  },
  component: DeliveryList,
});
