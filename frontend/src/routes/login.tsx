import { createFileRoute } from "@tanstack/react-router";
import { LoginPage } from "@/features/sign-in/LoginPage";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  next: text(2000),
  reason: oneOf(["logout", "expired", "idle"]),
});

export const Route = createFileRoute("/login")({
  validateSearch: search,
  component: LoginPage,
});
