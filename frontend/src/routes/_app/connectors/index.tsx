import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { connectorsQuery } from "@/features/connectors/api";
import { ConnectorList } from "@/features/connectors/ConnectorList";

export const Route = createFileRoute("/_app/connectors/")({
  validateSearch: z.object({
    q: z.string().max(200).optional().catch(undefined),
    cursor: z.string().max(200).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(connectorsQuery(deps)),
  component: ConnectorList,
});
