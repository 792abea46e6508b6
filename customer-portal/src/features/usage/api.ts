/** What was called with the keys of the company. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Usage = Schema<"UsageAnswer">;
export type UsageGroup = Schema<"UsageGroup">;
export type UsageBy = Schema<"UsageBy">;

export interface UsageFilters {
  /** Days by UTC, both included; the present month when absent. */
  first?: string | undefined;
  last?: string | undefined;
  by: UsageBy[];
}

export const usageKey = ["usage"] as const;

export const usageQuery = (filters: UsageFilters) =>
  queryOptions({
    queryKey: [...usageKey, filters],
    queryFn: ({ signal }) =>
      answer(api.GET("/external_api/v1/customers/usage", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });
