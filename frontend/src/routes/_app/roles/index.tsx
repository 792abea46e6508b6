import { createFileRoute } from "@tanstack/react-router";
import { permissionsQuery, rolesQuery } from "@/features/roles/api";
import { RolesPage } from "@/features/roles/RolesPage";

export const Route = createFileRoute("/_app/roles/")({
  loader: ({ context }) => {
    void context.queries.prefetchQuery(rolesQuery());
    void context.queries.prefetchQuery(permissionsQuery());
  },
  component: RolesPage,
});
