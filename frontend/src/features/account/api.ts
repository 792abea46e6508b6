/** Who is signed in, what they may do, and what they change about themselves. */
import { answer } from "@openreg/ui/api";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Me = Schema<"AccountAnswer">;

const FRESH_MS = 60_000;

export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/auth/me", { signal })),
    staleTime: FRESH_MS,
  });

/** Null only until the first answer; pages are shown after it. */
export function useMe(): Me | null {
  return useQuery(meQuery()).data ?? null;
}

/** The id of who is signed in. */
export function useOwnId(): string | null {
  return useMe()?.user.id ?? null;
}

/** Whether nothing runs that only its author has seen; in production there is no way around it. */
export function useFourEyes(): boolean {
  const tenant = useMe()?.tenant;
  return !tenant || tenant.four_eyes || tenant.environment === "production";
}

/** Whether an action is offered. The server decides in any case. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

export const sessionsQuery = () =>
  queryOptions({
    queryKey: ["me", "sessions"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/auth/sessions", { signal })),
  });

export const endSession = (id: string) =>
  answer(api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } }));

export const rename = (full_name: string) => answer(api.PATCH("/api/v1/auth/me", { body: { full_name } }));

export const changePassword = (body: { current_password: string; new_password: string }) =>
  answer(api.POST("/api/v1/auth/change-password", { body }));

export const switchTenant = (tenant_id: string) =>
  answer(api.POST("/api/v1/auth/switch-tenant", { body: { tenant_id } }));

export const beginSecondFactor = (password: string) =>
  answer(api.POST("/api/v1/auth/second-factor/begin", { body: { password } }));

export const confirmSecondFactor = (code: string) =>
  answer(api.POST("/api/v1/auth/second-factor/confirm", { body: { code } }));

export const turnOffSecondFactor = (password: string) =>
  answer(api.DELETE("/api/v1/auth/second-factor", { body: { password } }));

export const renewRecoveryCodes = (password: string) =>
  answer(api.POST("/api/v1/auth/second-factor/recovery-codes", { body: { password } }));
