import { OpenRegProvider } from "@openreg/ui";
import { createQueryClient } from "@openreg/ui/api";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useState } from "react";
import { session } from "./api/client";
import { forgetKey } from "./features/keys/keyAtHand";
import { createPortalRouter } from "./router";

export function App() {
  const [queries] = useState(createQueryClient);
  const [router] = useState(() => createPortalRouter(queries));
  useEffect(
    () =>
      session.subscribe(() => {
        if (session.state === "signed_out") {
          queries.clear();
          forgetKey();
        }
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
