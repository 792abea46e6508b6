/** Customers of the external API: companies that read what this tenant publishes. */
import { answer, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Customer = Schema<"CustomerAnswer">;
export type CustomerDetail = Schema<"CustomerDetailAnswer">;
export type CustomerKey = Schema<"CustomerKeyAnswer">;
export type CustomerPerson = Schema<"CustomerPersonAnswer">;
export type CustomerState = Schema<"CustomerState">;
export type CustomerUsage = Schema<"CustomerUsageAnswer">;

export interface CustomerFilters {
  name?: string | undefined;
  state?: CustomerState | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 10_000;

export const customerKeys = {
  all: ["customers"] as const,
  one: (id: string) => ["customers", "one", id] as const,
};

const ofCustomer = (id: string) => ({ path: { customer_id: id } });

export const customersQuery = (filters: CustomerFilters) =>
  queryOptions({
    queryKey: [...customerKeys.all, "list", filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/customers", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** With its ETag, for a change. */
export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: [...customerKeys.one(id), "detail"],
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/customers/{customer_id}", { params: ofCustomer(id), signal })),
  });

export const customerKeysQuery = (id: string, cursor?: string) =>
  queryOptions({
    queryKey: [...customerKeys.one(id), "keys", cursor],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/customers/{customer_id}/keys", {
          params: { ...ofCustomer(id), query: cursor ? { cursor } : {} },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Both days are included. */
export const customerUsageQuery = (id: string, first: string, last: string) =>
  queryOptions({
    queryKey: [...customerKeys.one(id), "usage", first, last],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/customers/{customer_id}/usage", {
          params: { ...ofCustomer(id), query: { first, last, by: ["day", "status"] } },
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
    placeholderData: keepPreviousData,
  });

export const changeCustomer = (id: string, body: Schema<"CustomerChangeRequest">, etag: string | null) =>
  answer(
    api.PATCH("/api/v1/customers/{customer_id}", { params: ofCustomer(id), body, headers: ifMatch(etag) }),
  );

export const suspendCustomer = (id: string, reason: string) =>
  answer(api.POST("/api/v1/customers/{customer_id}/suspend", { params: ofCustomer(id), body: { reason } }));

export const resumeCustomer = (id: string) =>
  answer(api.POST("/api/v1/customers/{customer_id}/resume", { params: ofCustomer(id) }));
