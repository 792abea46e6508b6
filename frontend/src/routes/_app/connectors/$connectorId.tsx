import { createFileRoute } from "@tanstack/react-router";
import { connectorQuery } from "@/features/connectors/api";
import { ConnectorDetail } from "@/features/connectors/ConnectorDetail";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  tab: oneOf(["files", "browse", "settings"]),
  schema: text(200),
  table: text(200),
  q: text(200),
});

export const Route = createFileRoute("/_app/connectors/$connectorId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(connectorQuery(params.connectorId)),
  component: ConnectorDetail,
});
