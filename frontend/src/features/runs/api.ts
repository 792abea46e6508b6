/** Runs: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Run = Schema<"ListedRunAnswer">;
export type RunDetail = Schema<"RunDetailAnswer">;
export type RunStateName = Schema<"RunState">;
export type Artifact = Schema<"ArtifactAnswer">;
export type Delivery = Schema<"DeliveryAnswer">;
export type DeliveryStateName = Schema<"DeliveryState">;
export type RunOrder = Schema<"RunOrder">;

export interface RunFilters {
  q?: string | undefined;
  state?: RunStateName | undefined;
  is_held?: true | undefined;
  report_id?: string | undefined;
  reporting_from?: string | undefined;
  reporting_to?: string | undefined;
  since?: string | undefined;
  delivery_state?: DeliveryStateName | undefined;
}

export interface RunListSearch extends RunFilters {
  sort?: RunOrder | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 5000;

export const runKeys = {
  all: ["runs"] as const,
  lists: ["runs", "list"] as const,
  list: (search: RunListSearch) => ["runs", "list", search] as const,
  counts: (filters: RunFilters) => ["runs", "counts", filters] as const,
  one: (runId: string) => ["runs", "one", runId] as const,
  events: (runId: string) => ["runs", "one", runId, "events"] as const,
  part: (runId: string, part: string, ...more: unknown[]) => ["runs", "one", runId, part, ...more] as const,
};

/** What source files put aside; each look at it is written down, so it is not repeated unasked. */
export const quarantineQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.part(runId, "quarantine"),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}/quarantine", { params: ofRun(runId), signal })),
    staleTime: Infinity,
  });

const ofRun = (runId: string) => ({ path: { run_id: runId } });

/** The API takes several states; a page shows one. */
function asQuery({ state, ...others }: RunListSearch) {
  return { ...others, ...(state ? { state: [state] } : {}) };
}

export const runsQuery = (search: RunListSearch) =>
  queryOptions({
    queryKey: runKeys.list(search),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/runs", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

/** Runs in each state: the filter by state does not matter. */
export const runCountsQuery = (wanted: RunFilters) => {
  const filters = { ...wanted, state: undefined };
  return queryOptions({
    queryKey: runKeys.counts(filters),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/runs/counts", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** The filters of a list without its order and page. */
export function filtersOf(search: RunListSearch): RunFilters {
  const filters = { ...search };
  delete filters.sort;
  delete filters.cursor;
  return filters;
}

/** Where the filtered list is as a file. */
export function runsExportPath(filters: RunFilters): string {
  const pairs = Object.entries(filters).filter(([, value]) => value !== undefined);
  return `/api/v1/runs/export?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.one(runId),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/runs/{run_id}", { params: ofRun(runId), signal })),
  });

export const findingsQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.part(runId, "findings"),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}/findings", { params: ofRun(runId), signal })),
  });

export const findingDetailsQuery = (runId: string, ruleId: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: runKeys.part(runId, "finding-details", ruleId, cursor),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/runs/{run_id}/findings/details", {
          params: { ...ofRun(runId), query: { rule_id: ruleId, cursor, limit: 20 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const exceptionsQuery = (runId: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: runKeys.part(runId, "exceptions", cursor),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/runs/{run_id}/exceptions", {
          params: { ...ofRun(runId), query: { cursor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export interface DecisionFilters {
  key?: string | undefined;
  decision?: Schema<"DecisionKind"> | undefined;
  code?: string | undefined;
}

export const decisionCountsQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.part(runId, "decision-counts"),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}/decisions/counts", { params: ofRun(runId), signal })),
  });

export const decisionsQuery = (runId: string, filters: DecisionFilters, cursor: string | undefined) =>
  queryOptions({
    queryKey: runKeys.part(runId, "decisions", filters, cursor),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/runs/{run_id}/decisions", {
          params: { ...ofRun(runId), query: { ...filters, cursor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Where the decisions that the filters leave are as a file. */
export function decisionsExportPath(runId: string, filters: DecisionFilters): string {
  const pairs = Object.entries(filters).filter(([, value]) => value) as [string, string][];
  const query = new URLSearchParams(pairs).toString();
  return `/api/v1/runs/${encodeURIComponent(runId)}/decisions/export?${query}`;
}

export const artifactsQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.part(runId, "artifacts"),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}/artifacts", { params: ofRun(runId), signal })),
  });

const UNFINISHED_DELIVERIES = ["pending", "sending", "retrying"];

export const deliveriesQuery = (runId: string) =>
  queryOptions({
    queryKey: runKeys.part(runId, "deliveries"),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/runs/{run_id}/deliveries", { params: ofRun(runId), signal })),
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => UNFINISHED_DELIVERIES.includes(one.state)) ? POLL_MS : false,
  });

export const cancelRun = (runId: string) =>
  answer(api.POST("/api/v1/runs/{run_id}/cancel", { params: ofRun(runId) }));
export const retryRun = (runId: string) =>
  answer(api.POST("/api/v1/runs/{run_id}/retry", { params: ofRun(runId) }));
export const releaseRun = (runId: string) =>
  answer(api.POST("/api/v1/runs/{run_id}/release", { params: ofRun(runId) }));

export const startRun = (reportId: string, body: Schema<"RunCreate">, key: string) =>
  answer(
    api.POST("/api/v1/reports/{report_id}/runs", {
      params: { path: { report_id: reportId } },
      headers: idempotencyKey(key),
      body,
    }),
  );

/** Reports that can be started: those with an active version. */
export const startableReportsQuery = () =>
  queryOptions({
    queryKey: ["reports", "startable"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports", {
          params: { query: { state: "active", sort: "name", limit: 200 } },
          signal,
        }),
      ),
  });

export const reportVersionsQuery = (reportId: string) =>
  queryOptions({
    queryKey: ["reports", reportId, "versions"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/versions", {
          params: { path: { report_id: reportId } },
          signal,
        }),
      ),
  });
