/** The company one works for, oneself, and what one changes about both. */
import { answer } from "@openreg/ui/api";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Account = Schema<"CustomerAccount">;
export type Right = Schema<"CustomerRight">;

const FRESH_MS = 15_000;

export const accountQuery = () =>
  queryOptions({
    queryKey: ["account"],
    queryFn: ({ signal }) => answer(api.GET("/external_api/v1/customers/account", { signal })),
    staleTime: FRESH_MS,
  });

/** Null only until the first answer; pages are shown after it. */
export function useAccount(): Account | null {
  return useQuery(accountQuery()).data ?? null;
}

/** Whether an action is offered. The server decides in any case. */
export function useMay(right: Right): boolean {
  return useAccount()?.rights.includes(right) ?? false;
}

export const renameCompany = (company: string) =>
  answer(api.PATCH("/external_api/v1/customers/account", { body: { company } }));

export const changePassword = (body: { current_password: string; new_password: string }) =>
  answer(api.POST("/external_api/v1/customers/change-password", { body }));

export const sessionsQuery = () =>
  queryOptions({
    queryKey: ["account", "sessions"],
    queryFn: ({ signal }) => answer(api.GET("/external_api/v1/customers/sessions", { signal })),
  });

export const endSession = (id: string) =>
  answer(
    api.DELETE("/external_api/v1/customers/sessions/{session_id}", { params: { path: { session_id: id } } }),
  );

export const deleteAccount = (password: string) =>
  answer(api.POST("/external_api/v1/customers/account/delete", { body: { password } }));
