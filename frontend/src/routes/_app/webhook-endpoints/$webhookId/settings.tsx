import { createFileRoute } from "@tanstack/react-router";
import { WebhookSettings } from "@/features/webhooks/WebhookSettings";

export const Route = createFileRoute("/_app/webhook-endpoints/$webhookId/settings")({
  component: WebhookSettings,
});
