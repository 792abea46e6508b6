import { createFileRoute } from "@tanstack/react-router";
import { withins } from "@/features/deliveries/within";
import { answerClasses, webhookDeliveryStates } from "@/features/webhooks/logSearch";
import { WebhookDeliveries } from "@/features/webhooks/WebhookDeliveries";
import { date, oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  state: oneOf(webhookDeliveryStates),
  event_type: text(60),
  answer: oneOf(answerClasses),
  within: oneOf(withins),
  from: date,
  to: date,
  event_id: uuid,
  recovery_id: uuid,
  text: text(200),
  delivery: uuid,
  cursor: text(200),
});

export const Route = createFileRoute("/_app/webhook-endpoints/$webhookId/deliveries")({
  validateSearch: search,
  component: WebhookDeliveries,
});
