import { createFileRoute } from "@tanstack/react-router";
import { destinationQuery } from "@/features/destinations/api";
import { DestinationDetail } from "@/features/destinations/DestinationDetail";
import { DESTINATION_TABS } from "@/features/destinations/tabs";
import { oneOf, searchParams } from "@/lists/searchParams";

const search = searchParams({ tab: oneOf(DESTINATION_TABS) });

export const Route = createFileRoute("/_app/destinations/$destinationId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(destinationQuery(params.destinationId)),
  component: DestinationDetail,
});
