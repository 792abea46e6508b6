import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { webhooksQuery } from "@/features/webhooks/api";
import { WebhookList } from "@/features/webhooks/WebhookList";

// The address /webhooks belongs to the API.
export const Route = createFileRoute("/_app/webhook-endpoints/")({
  validateSearch: z.object({ cursor: z.string().max(200).optional().catch(undefined) }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(webhooksQuery(deps)),
  component: WebhookList,
});
