/** Everything that needs somebody to be signed in. */
import { createFileRoute, redirect } from "@tanstack/react-router";
import { session } from "@/api/client";
import { meQuery } from "@/features/account/api";
import { AppFrame } from "@/shell/AppFrame";

export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    if ((await session.start()) === "signed_out") {
      const next = location.href === "/" ? undefined : location.href;
      throw redirect({ to: "/login", search: { next, reason: session.endReason ?? undefined } });
    }
    await context.queries.ensureQueryData(meQuery());
  },
  component: AppFrame,
});
