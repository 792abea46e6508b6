import { createFileRoute } from "@tanstack/react-router";
import { roleQuery } from "@/features/roles/api";
import { RolePage } from "@/features/roles/RolePage";

export const Route = createFileRoute("/_app/roles/$roleId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(roleQuery(params.roleId)),
  component: RolePage,
});
