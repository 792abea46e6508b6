/** Service keys: for programs that act for a member of staff. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type ServiceKey = Schema<"ServiceKeyAnswer">;
export type ServiceKeyState = Schema<"ServiceKeyState">;
export type ServiceKeyCreate = Schema<"ServiceKeyCreate">;

export interface ServiceKeyFilters {
  cursor?: string | undefined;
}

export const serviceKeyKeys = { all: ["service-keys"] as const };

export const serviceKeysQuery = (filters: ServiceKeyFilters) =>
  queryOptions({
    queryKey: [...serviceKeyKeys.all, filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/service-keys", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

export const createServiceKey = (body: ServiceKeyCreate) =>
  answer(api.POST("/api/v1/service-keys", { body }));

export const rotateServiceKey = (id: string, overlap_hours: number) =>
  answer(
    api.POST("/api/v1/service-keys/{service_key_id}/rotate", {
      params: { path: { service_key_id: id } },
      body: { overlap_hours },
    }),
  );

export const revokeServiceKey = (id: string) =>
  answer(api.DELETE("/api/v1/service-keys/{service_key_id}", { params: { path: { service_key_id: id } } }));
