import { createFileRoute } from "@tanstack/react-router";
import { WebhookRecoveries } from "@/features/webhooks/WebhookRecoveries";

export const Route = createFileRoute("/_app/webhook-endpoints/$webhookId/recoveries")({
  component: WebhookRecoveries,
});
