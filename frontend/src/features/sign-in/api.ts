/** Calls of people who are not signed in. */
import { answer } from "@openreg/ui/api";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type SignInAnswer = Schema<"SignInAnswer">;

export const signIn = (body: { email: string; password: string }) =>
  answer(api.POST("/api/v1/auth/login", { body }));

export const answerSecondFactor = (body: { challenge: string; code: string }) =>
  answer(api.POST("/api/v1/auth/login/second-factor", { body }));

export const forgotPassword = (email: string) =>
  answer(api.POST("/api/v1/auth/forgot-password", { body: { email } }));

export const resetPassword = (body: { token: string; password: string }) =>
  answer(api.POST("/api/v1/auth/reset-password", { body }));

export const readInvitation = (token: string) =>
  answer(api.POST("/api/v1/auth/invitations/read", { body: { token } }));

export const acceptInvitation = (body: { token: string; full_name: string; password: string }) =>
  answer(api.POST("/api/v1/auth/invitations/accept", { body }));
