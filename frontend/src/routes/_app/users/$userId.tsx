import { createFileRoute } from "@tanstack/react-router";
import { userQuery } from "@/features/users/api";
import { UserPage } from "@/features/users/UserPage";

export const Route = createFileRoute("/_app/users/$userId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(userQuery(params.userId)),
  component: UserPage,
});
