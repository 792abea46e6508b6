import { createFileRoute } from "@tanstack/react-router";
import { eventTypesQuery } from "@/features/webhooks/api";
import { EventCatalogue } from "@/features/webhooks/EventCatalogue";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ q: text(100), type: text(60) });

export const Route = createFileRoute("/_app/webhook-endpoints/events")({
  validateSearch: search,
  loader: ({ context }) => void context.queries.prefetchQuery(eventTypesQuery()),
  component: EventCatalogue,
});
