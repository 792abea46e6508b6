import { createFileRoute } from "@tanstack/react-router";
import { serviceKeysQuery } from "@/features/service-keys/api";
import { ServiceKeyList } from "@/features/service-keys/ServiceKeyList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(100) });

export const Route = createFileRoute("/_app/service-keys")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(serviceKeysQuery(deps)),
  component: ServiceKeyList,
});
