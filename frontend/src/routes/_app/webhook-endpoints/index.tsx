import { createFileRoute } from "@tanstack/react-router";
import { webhooksQuery } from "@/features/webhooks/api";
import { WebhookList } from "@/features/webhooks/WebhookList";
import { searchParams, text } from "@/lists/searchParams";

// The address /webhooks belongs to the API.
const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/webhook-endpoints/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(webhooksQuery(deps)),
  component: WebhookList,
});
