/** Everything that needs somebody to be signed in. */
import { createFileRoute, redirect } from "@tanstack/react-router";
import { session } from "@/api/client";
import { meQuery } from "@/features/account/api";
import { AppFrame } from "@/shell/AppFrame";

export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    if ((await session.start()) === "signed_out") {
      const reason = session.endReason ?? undefined;
      // Whoever signs out is done; whoever was interrupted comes back to this page.
      const next = location.href === "/" || reason === "logout" ? undefined : location.href;
      throw redirect({ to: "/login", search: { next, reason } });
    }
    await context.queries.ensureQueryData(meQuery());
  },
  component: AppFrame,
});
