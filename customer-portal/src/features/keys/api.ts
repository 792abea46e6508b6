/** API keys of the company. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type APIKey = Schema<"APIKeyAnswer">;
export type MadeKey = Schema<"APIKeyMade">;
export type KeyState = Schema<"CustomerKeyState">;
/** The version of the API is that of the day unless somebody says otherwise, and here nobody does. */
export type KeyTerms = Omit<Schema<"APIKeyCreate">, "api_version">;

export const keysKey = ["keys"] as const;

export const keysQuery = (filters: { cursor?: string | undefined } = {}) =>
  queryOptions({
    queryKey: [...keysKey, filters],
    queryFn: ({ signal }) =>
      answer(api.GET("/external_api/v1/customers/keys", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

export const createKey = ({ terms, once }: { terms: KeyTerms; once: string }) =>
  answer(
    api.POST("/external_api/v1/customers/keys", {
      body: terms as Schema<"APIKeyCreate">,
      headers: idempotencyKey(once),
    }),
  );

export const rotateKey = (id: string, overlap_hours: number) =>
  answer(
    api.POST("/external_api/v1/customers/keys/{key_id}/rotate", {
      params: { path: { key_id: id } },
      body: { overlap_hours },
    }),
  );

export const revokeKey = (id: string) =>
  answer(api.DELETE("/external_api/v1/customers/keys/{key_id}", { params: { path: { key_id: id } } }));
