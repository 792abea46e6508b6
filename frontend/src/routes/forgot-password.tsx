import { createFileRoute } from "@tanstack/react-router";
import { ForgotPasswordPage } from "@/features/sign-in/ForgotPasswordPage";

export const Route = createFileRoute("/forgot-password")({ component: ForgotPasswordPage });
