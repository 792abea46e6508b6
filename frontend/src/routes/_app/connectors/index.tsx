import { createFileRoute } from "@tanstack/react-router";
import { connectorsQuery } from "@/features/connectors/api";
import { ConnectorList } from "@/features/connectors/ConnectorList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/connectors/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(connectorsQuery(deps)),
  component: ConnectorList,
});
