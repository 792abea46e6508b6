/** Runs: what is asked of the API, and how the answers are kept. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Run = Schema<"ListedRunAnswer">;

export interface RunFilters {
  state?: Schema<"RunState"> | undefined;
  report_id?: string | undefined;
  cursor?: string | undefined;
}

export const runKeys = {
  all: ["runs"] as const,
  list: (filters: RunFilters) => ["runs", "list", filters] as const,
  one: (runId: string) => ["runs", "one", runId] as const,
};

export const runsQuery = (filters: RunFilters) =>
  queryOptions({
    queryKey: runKeys.list(filters),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/runs", { params: { query: asQuery(filters) }, signal })),
    placeholderData: keepPreviousData,
  });

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.one(runId),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
  });

/** The API takes several states; the filter offers one. */
function asQuery({ state, ...others }: RunFilters) {
  return { ...others, ...(state ? { state: [state] } : {}) };
}
