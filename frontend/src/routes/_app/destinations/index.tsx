import { createFileRoute } from "@tanstack/react-router";
import { destinationsQuery } from "@/features/destinations/api";
import { DestinationList } from "@/features/destinations/DestinationList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/destinations/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(destinationsQuery(deps)),
  component: DestinationList,
});
