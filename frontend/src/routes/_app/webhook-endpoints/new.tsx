import { createFileRoute } from "@tanstack/react-router";
import { eventTypesQuery } from "@/features/webhooks/api";
import { NewWebhook } from "@/features/webhooks/NewWebhook";

export const Route = createFileRoute("/_app/webhook-endpoints/new")({
  loader: ({ context }) => void context.queries.prefetchQuery(eventTypesQuery()),
  component: NewWebhook,
});
