import { OpenRegProvider } from "@openreg/ui";
import { createQueryClient } from "@openreg/ui/api";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState, StrictMode } from "react";
import { session } from "./api/client";
import { createAppRouter } from "./router";

export function App() {
  const [queries] = useState(createQueryClient);
  const [router] = useState(() => createAppRouter(queries));
  useEffect(
    () =>
      session.subscribe(() => {
        if (session.state === "signed_out") queries.clear();
        void router.invalidate();
      }),
    [queries, router],
  );
  return (
    <StrictMode>
      <OpenRegProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </OpenRegProvider>
    </StrictMode>
  );
}
