import { createFileRoute } from "@tanstack/react-router";
import { ResetPasswordPage } from "@/features/sign-in/ResetPasswordPage";

export const Route = createFileRoute("/reset-password")({ component: ResetPasswordPage });
