import { createFileRoute } from "@tanstack/react-router";
import { destinationQuery } from "@/features/destinations/api";
import { DestinationDetail } from "@/features/destinations/DestinationDetail";

export const Route = createFileRoute("/_app/destinations/$destinationId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(destinationQuery(params.destinationId)),
  component: DestinationDetail,
});
