import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { usersQuery } from "@/features/users/api";
import { UserList } from "@/features/users/UserList";
import { userStates } from "@/features/users/states";

export const Route = createFileRoute("/_app/users/")({
  validateSearch: z.object({
    q: z.string().max(200).optional().catch(undefined),
    state: z.enum(userStates).optional().catch(undefined),
    role: z.uuid().optional().catch(undefined),
    cursor: z.string().max(100).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(usersQuery(deps)),
  component: UserList,
});
