import { createFileRoute } from "@tanstack/react-router";
import { webhookQuery } from "@/features/webhooks/api";
import { WebhookFrame } from "@/features/webhooks/WebhookFrame";

export const Route = createFileRoute("/_app/webhook-endpoints/$webhookId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(webhookQuery(params.webhookId)),
  component: WebhookFrame,
});
