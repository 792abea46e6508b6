/** Calls of people who are not signed in. */
import { answer } from "@openreg/ui/api";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type SignUp = Schema<"SignUpRequest">;

export const signIn = (body: { email: string; password: string }) =>
  answer(api.POST("/external_api/v1/customers/sign-in", { body }));

export const signUp = (body: SignUp) => answer(api.POST("/external_api/v1/customers/sign-up", { body }));

export const verify = (body: { token: string; password: string }) =>
  answer(api.POST("/external_api/v1/customers/verify", { body }));

export const forgotPassword = (email: string) =>
  answer(api.POST("/external_api/v1/customers/forgot-password", { body: { email } }));

export const resetPassword = (body: { token: string; password: string }) =>
  answer(api.POST("/external_api/v1/customers/reset-password", { body }));

export const acceptInvitation = (body: { token: string; full_name: string; password: string }) =>
  answer(api.POST("/external_api/v1/customers/accept-invitation", { body }));
