/** Who is signed in, and what they may do. */
import { answer } from "@openreg/ui/api";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Me = Schema<"Me">;

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

/** Whether an action is offered. The server decides in any case. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}
