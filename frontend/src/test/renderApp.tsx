/** The whole application at an address, signed in or not, with the API of `mocks/`. */
import { OpenRegProvider } from "@openreg/ui";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { session } from "@/api/client";
import type { Me } from "@/features/account/api";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { createAppRouter } from "@/router";

const tenant = { id: "00000000-0000-7000-8000-000000000010", slug: "demo", name: "Demo" };

export const administrator: Me = {
  user: {
    id: "00000000-0000-7000-8000-000000000001",
    email: "admin@openreg.localhost",
    full_name: "Ada Admin",
    is_platform_administrator: false,
  },
  tenant: {
    ...tenant,
    environment: "production",
    four_eyes: true,
    idle_minutes: 30,
    time_zone: "Europe/Amsterdam",
  },
  tenants: [tenant],
  roles: ["administrator"],
  permissions: ["runs:read", "runs:start", "reports:read"],
  has_second_factor: false,
};

interface RenderOptions {
  /** Null: nobody is signed in. */
  me?: Me | null;
}

export function renderApp(address: string, { me = administrator }: RenderOptions = {}) {
  if (me) {
    session.accept({ access_token: "token-of-a-test", expires_in: 900 });
    server.use(answers("get", "/api/v1/auth/me", me));
  }
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createAppRouter(queries, history);
  render(
    <OpenRegProvider isTest>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </OpenRegProvider>,
  );
  return { router, queries };
}
