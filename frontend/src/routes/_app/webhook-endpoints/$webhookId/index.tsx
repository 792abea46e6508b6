import { createFileRoute } from "@tanstack/react-router";
import { statsWindows } from "@/features/webhooks/logSearch";
import { WebhookOverview } from "@/features/webhooks/WebhookOverview";
import { oneOf, searchParams } from "@/lists/searchParams";

export const Route = createFileRoute("/_app/webhook-endpoints/$webhookId/")({
  validateSearch: searchParams({ window: oneOf(statsWindows) }),
  component: WebhookOverview,
});
