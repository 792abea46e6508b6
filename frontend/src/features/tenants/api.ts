/** Organisations of this installation; for platform administrators. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Tenant = Schema<"TenantAnswer">;

export interface TenantFilters {
  cursor?: string | undefined;
}

export const tenantKeys = { all: ["tenants"] as const };

export const tenantsQuery = (filters: TenantFilters) =>
  queryOptions({
    queryKey: [...tenantKeys.all, filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/tenants", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

export const createTenant = (body: Schema<"TenantCreate">) => answer(api.POST("/api/v1/tenants", { body }));
