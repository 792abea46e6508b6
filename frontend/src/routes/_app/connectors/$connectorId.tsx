import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { connectorQuery } from "@/features/connectors/api";
import { ConnectorDetail } from "@/features/connectors/ConnectorDetail";

const search = z.object({
  tab: z.enum(["files", "browse", "settings"]).optional().catch(undefined),
  schema: z.string().max(200).optional().catch(undefined),
  table: z.string().max(200).optional().catch(undefined),
  q: z.string().max(200).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/connectors/$connectorId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(connectorQuery(params.connectorId)),
  component: ConnectorDetail,
});
