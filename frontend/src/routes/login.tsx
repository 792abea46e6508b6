import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { LoginPage } from "@/features/sign-in/LoginPage";

export const Route = createFileRoute("/login")({
  validateSearch: z.object({
    next: z.string().optional().catch(undefined),
    reason: z.enum(["logout", "expired", "idle"]).optional().catch(undefined),
  }),
  component: LoginPage,
});
