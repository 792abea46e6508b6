import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { tenantsQuery } from "@/features/tenants/api";
import { TenantList } from "@/features/tenants/TenantList";

export const Route = createFileRoute("/_app/tenants")({
  validateSearch: z.object({ cursor: z.string().max(100).optional().catch(undefined) }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(tenantsQuery(deps)),
  component: TenantList,
});
