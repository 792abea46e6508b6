/** Triggers: what is asked of the API. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Trigger = Schema<"TriggerAnswer">;
export type Definition = Schema<"TriggerCreate">["definition"];
export type Kind = Definition["on"]["kind"];
export type Firing = Schema<"TriggerFiringAnswer">;
export type TriggerTest = Schema<"TriggerTestAnswer">;

export interface TriggerSearch {
  cursor?: string | undefined;
}

const of = (id: string) => ({ path: { trigger_id: id } });
const LOOK_AGAIN_MS = 5000;

export const triggerKeys = {
  all: ["triggers"] as const,
  one: (id: string) => ["triggers", "one", id] as const,
};

export const triggersQuery = (search: TriggerSearch) =>
  queryOptions({
    queryKey: ["triggers", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/triggers", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const triggerQuery = (id: string) =>
  queryOptions({
    queryKey: triggerKeys.one(id),
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/triggers/{trigger_id}", { params: of(id), signal })),
  });

export const firingsQuery = (id: string) =>
  queryOptions({
    queryKey: ["triggers", "firings", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/triggers/{trigger_id}/firings", {
          params: { ...of(id), query: { limit: 50 } },
          signal,
        }),
      ),
    refetchInterval: LOOK_AGAIN_MS,
  });

export const createTrigger = (body: Schema<"TriggerCreate">, key: string) =>
  answer(api.POST("/api/v1/triggers", { body, headers: idempotencyKey(key) }));

export const changeTrigger = (id: string, body: Schema<"TriggerChange">, etag: string | null) =>
  answer(api.PATCH("/api/v1/triggers/{trigger_id}", { params: of(id), body, headers: ifMatch(etag) }));

export const removeTrigger = (id: string) =>
  answer(api.DELETE("/api/v1/triggers/{trigger_id}", { params: of(id) }));

export const pauseTrigger = (id: string) =>
  answer(api.POST("/api/v1/triggers/{trigger_id}/pause", { params: of(id) }));

export const resumeTrigger = (id: string) =>
  answer(api.POST("/api/v1/triggers/{trigger_id}/resume", { params: of(id) }));

export const testTrigger = (id: string) =>
  answer(api.POST("/api/v1/triggers/{trigger_id}/test", { params: of(id) }));

export const fireTrigger = (id: string, key: string) =>
  answer(
    api.POST("/api/v1/triggers/{trigger_id}/fire", {
      params: of(id),
      body: { parameters: {} },
      headers: idempotencyKey(key),
    }),
  );
