import { createFileRoute } from "@tanstack/react-router";
import { triggerQuery } from "@/features/triggers/api";
import { TriggerDetail } from "@/features/triggers/TriggerDetail";

export const Route = createFileRoute("/_app/triggers/$triggerId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(triggerQuery(params.triggerId)),
  component: TriggerDetail,
});
