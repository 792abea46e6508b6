import { createFileRoute } from "@tanstack/react-router";
import { tenantsQuery } from "@/features/tenants/api";
import { TenantList } from "@/features/tenants/TenantList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(100) });

export const Route = createFileRoute("/_app/tenants")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(tenantsQuery(deps)),
  component: TenantList,
});
