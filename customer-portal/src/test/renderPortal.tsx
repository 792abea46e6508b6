/** The whole portal at an address, signed in or not. */
import { OpenRegProvider } from "@openreg/ui";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { session } from "@/api/client";
import type { Account } from "@/features/account/api";
import { createPortalRouter } from "@/router";
import { answers, server } from "./server";

export const owner: Account = {
  customer_id: "00000000-0000-7000-8000-000000000001",
  company: "Reader Ltd",
  state: "active",
  plan: {
    key: "basic",
    name: "Basic",
    description: "For a start.",
    rate_limit_per_minute: 100,
    monthly_quota: 1000,
    max_keys: 5,
    max_members: 5,
    scopes: ["reports:read", "usage:read"],
    regimes: null,
  },
  plan_until: null,
  open_keys: 0,
  user_id: "00000000-0000-7000-8000-000000000002",
  email: "rita@reader.example",
  full_name: "Rita Reader",
  role: "owner",
  rights: ["account:read", "account:write", "keys:read", "keys:write", "team:read", "usage:read"],
};

/** `account` null: nobody is signed in. */
export function renderPortal(address: string, account: Account | null = owner) {
  if (account) {
    session.accept({ access_token: "token-of-a-test", expires_in: 900 });
    server.use(answers("get", "/account", account));
  }
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createPortalRouter(queries, createMemoryHistory({ initialEntries: [address] }));
  render(
    <OpenRegProvider isTest>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </OpenRegProvider>,
  );
  return { router, queries };
}
