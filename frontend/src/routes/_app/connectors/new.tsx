import { createFileRoute } from "@tanstack/react-router";
import { connectorKindsQuery } from "@/features/connectors/api";
import { NewConnector } from "@/features/connectors/NewConnector";

export const Route = createFileRoute("/_app/connectors/new")({
  loader: ({ context }) => void context.queries.prefetchQuery(connectorKindsQuery()),
  component: NewConnector,
});
