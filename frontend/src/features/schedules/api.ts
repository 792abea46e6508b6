/** Schedules: what is asked of the API. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Schedule = Schema<"ScheduleAnswer">;
export type Definition = Schema<"ScheduleCreate">["definition"];
export type Cadence = Definition["cadence"];
export type PreviewedFire = Schema<"PreviewedFireAnswer">;
export type Fire = Schema<"ScheduleFireAnswer">;
export type Backfill = Schema<"BackfillAnswer">;

export interface ScheduleSearch {
  cursor?: string | undefined;
}

const of = (id: string) => ({ path: { schedule_id: id } });
const LOOK_AGAIN_MS = 5000;

export const scheduleKeys = {
  all: ["schedules"] as const,
  one: (id: string) => ["schedules", "one", id] as const,
};

export const schedulesQuery = (search: ScheduleSearch) =>
  queryOptions({
    queryKey: ["schedules", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/schedules", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: scheduleKeys.one(id),
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/schedules/{schedule_id}", { params: of(id), signal })),
  });

export const previewQuery = (definition: Definition, fires = 10) =>
  queryOptions({
    queryKey: ["schedules", "preview", definition, fires],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/schedules/preview", { body: { definition, fires }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });

export const firesQuery = (id: string) =>
  queryOptions({
    queryKey: ["schedules", "fires", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/schedules/{schedule_id}/fires", {
          params: { ...of(id), query: { limit: 50 } },
          signal,
        }),
      ),
    refetchInterval: LOOK_AGAIN_MS,
  });

export const monthQuery = (id: string, month: string) =>
  queryOptions({
    queryKey: ["schedules", "month", id, month],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/schedules/{schedule_id}/month", { params: { ...of(id), query: { month } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });

export const backfillsQuery = (id: string) =>
  queryOptions({
    queryKey: ["schedules", "backfills", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/schedules/backfills", { params: { query: { schedule_id: id, limit: 20 } }, signal }),
      ),
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => one.state === "running") ? LOOK_AGAIN_MS : false,
  });

export const createSchedule = (body: Schema<"ScheduleCreate">, key: string) =>
  answer(api.POST("/api/v1/schedules", { body, headers: idempotencyKey(key) }));

export const changeSchedule = (id: string, body: Schema<"ScheduleChange">, etag: string | null) =>
  answer(api.PATCH("/api/v1/schedules/{schedule_id}", { params: of(id), body, headers: ifMatch(etag) }));

export const removeSchedule = (id: string) =>
  answer(api.DELETE("/api/v1/schedules/{schedule_id}", { params: of(id) }));

export const pauseSchedule = (id: string) =>
  answer(api.POST("/api/v1/schedules/{schedule_id}/pause", { params: of(id) }));

export const resumeSchedule = (id: string) =>
  answer(api.POST("/api/v1/schedules/{schedule_id}/resume", { params: of(id) }));

export const runSchedule = (id: string, key: string) =>
  answer(api.POST("/api/v1/schedules/{schedule_id}/run", { params: of(id), headers: idempotencyKey(key) }));

export const startBackfill = (id: string, body: Schema<"BackfillCreate">, key: string) =>
  answer(
    api.POST("/api/v1/schedules/{schedule_id}/backfills", {
      params: of(id),
      body,
      headers: idempotencyKey(key),
    }),
  );

export const cancelBackfill = (id: string) =>
  answer(
    api.POST("/api/v1/schedules/backfills/{backfill_id}/cancel", { params: { path: { backfill_id: id } } }),
  );
