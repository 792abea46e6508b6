/** Plans: what customers of the external API can have. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Plan = Schema<"PlanAnswer">;
export type PlanChange = Schema<"PlanChange">;

export interface PlanFilters {
  cursor?: string | undefined;
}

export const planKeys = {
  all: ["plans"] as const,
  one: (id: string) => ["plans", "one", id] as const,
};

const ofPlan = (id: string) => ({ path: { plan_id: id } });

export const plansQuery = (filters: PlanFilters) =>
  queryOptions({
    queryKey: [...planKeys.all, "list", filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/plans", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** The plans to choose from: a publisher has a handful. */
export const planChoicesQuery = () =>
  queryOptions({
    queryKey: [...planKeys.all, "choices"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/plans", { params: { query: { limit: 200 } }, signal })),
  });

/** With its ETag, for a change. */
export const planQuery = (id: string) =>
  queryOptions({
    queryKey: planKeys.one(id),
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/plans/{plan_id}", { params: ofPlan(id), signal })),
  });

export const createPlan = (body: Schema<"PlanCreate">, key: string) =>
  answer(api.POST("/api/v1/plans", { body, headers: idempotencyKey(key) }));

export const changePlan = (id: string, body: PlanChange, etag: string | null) =>
  answer(api.PUT("/api/v1/plans/{plan_id}", { params: ofPlan(id), body, headers: ifMatch(etag) }));

export const removePlan = (id: string) =>
  answer(api.DELETE("/api/v1/plans/{plan_id}", { params: ofPlan(id) }));
