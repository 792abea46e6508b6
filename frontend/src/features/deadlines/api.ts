/** Deadlines and what is owed: what is asked of the API. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Obligation = Schema<"ObligationAnswer">;
export type ObligationState = Schema<"ObligationState">;
export type Deadline = Schema<"DeadlineAnswer">;
export type DeadlineBody = Schema<"DeadlineBody">;

export const obligationStates = [
  "open",
  "at_risk",
  "breached",
  "met",
  "met_late",
  "not_required",
] as const satisfies readonly ObligationState[];

export interface ObligationSearch {
  cursor?: string | undefined;
  state?: ObligationState | undefined;
  report_id?: string | undefined;
}

export const deadlineKeys = { all: ["deadlines"] as const };
const AGAIN_MS = 30_000;

/** The latest due first: what is due next is near the top, and what was is below it. */
export const obligationsQuery = ({ state, ...search }: ObligationSearch) =>
  queryOptions({
    queryKey: ["deadlines", "obligations", state, search],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/obligations", {
          params: { query: { ...search, latest_first: true, ...(state ? { state: [state] } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
  });

/** What is not there yet, the most urgent first. */
export const nextQuery = () =>
  queryOptions({
    queryKey: ["deadlines", "next"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/obligations", {
          params: { query: { state: ["open", "at_risk", "breached"], limit: 5 } },
          signal,
        }),
      ),
    refetchInterval: AGAIN_MS,
  });

export const deadlinesQuery = () =>
  queryOptions({
    queryKey: ["deadlines", "list"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/deadlines", { signal })),
  });

export const saveDeadline = (
  known: Deadline | undefined,
  reportId: string,
  body: DeadlineBody,
  key: string,
) =>
  known
    ? answer(
        api.PUT("/api/v1/deadlines/{deadline_id}", { params: { path: { deadline_id: known.id } }, body }),
      )
    : answer(
        api.POST("/api/v1/deadlines", {
          body: { ...body, report_id: reportId },
          headers: idempotencyKey(key),
        }),
      );
