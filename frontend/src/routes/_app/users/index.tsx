import { createFileRoute } from "@tanstack/react-router";
import { usersQuery } from "@/features/users/api";
import { UserList } from "@/features/users/UserList";
import { userStates } from "@/features/users/states";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(userStates),
  role: uuid,
  cursor: text(100),
});

export const Route = createFileRoute("/_app/users/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(usersQuery(deps)),
  component: UserList,
});
