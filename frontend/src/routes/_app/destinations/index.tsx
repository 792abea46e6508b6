import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { destinationsQuery } from "@/features/destinations/api";
import { DestinationList } from "@/features/destinations/DestinationList";

export const Route = createFileRoute("/_app/destinations/")({
  validateSearch: z.object({ cursor: z.string().max(200).optional().catch(undefined) }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(destinationsQuery(deps)),
  component: DestinationList,
});
