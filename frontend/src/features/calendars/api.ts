/** Calendars: what is asked of the API. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Calendar = Schema<"CalendarAnswer">;
export type CalendarYear = Schema<"CalendarYearAnswer">;
export type CalendarDay = Schema<"CalendarDayAnswer">;
export type Definition = Schema<"CalendarDefinition">;

export interface CalendarSearch {
  cursor?: string | undefined;
}

export const calendarKeys = {
  all: ["calendars"] as const,
  one: (id: string) => ["calendars", "one", id] as const,
};

const of = (id: string) => ({ path: { calendar_id: id } });

export const calendarsQuery = (search: CalendarSearch) =>
  queryOptions({
    queryKey: ["calendars", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/calendars", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const calendarQuery = (id: string) =>
  queryOptions({
    queryKey: calendarKeys.one(id),
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/calendars/{calendar_id}", { params: of(id), signal })),
  });

export const nationalQuery = () =>
  queryOptions({
    queryKey: ["calendars", "national"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/calendars/national", { signal })),
    staleTime: Infinity,
  });

export const yearQuery = (definition: Definition, year: number) =>
  queryOptions({
    queryKey: ["calendars", "year", definition, year],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/calendars/preview", { body: { definition, year }, signal })),
    placeholderData: keepPreviousData,
  });

export const createCalendar = (body: Schema<"CalendarCreate">, key: string) =>
  answer(api.POST("/api/v1/calendars", { body, headers: idempotencyKey(key) }));

export const changeCalendar = (id: string, body: Schema<"CalendarChange">, etag: string | null) =>
  answer(api.PATCH("/api/v1/calendars/{calendar_id}", { params: of(id), body, headers: ifMatch(etag) }));

export const removeCalendar = (id: string) =>
  answer(api.DELETE("/api/v1/calendars/{calendar_id}", { params: of(id) }));
