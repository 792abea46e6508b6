import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { serviceKeysQuery } from "@/features/service-keys/api";
import { ServiceKeyList } from "@/features/service-keys/ServiceKeyList";

export const Route = createFileRoute("/_app/service-keys")({
  validateSearch: z.object({ cursor: z.string().max(100).optional().catch(undefined) }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(serviceKeysQuery(deps)),
  component: ServiceKeyList,
});
