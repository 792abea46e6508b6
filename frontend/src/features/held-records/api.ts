/** Held records: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type HeldRecord = Schema<"HeldRecordAnswer">;
export type HeldState = Schema<"HeldRecordState">;
export type HandDecision = Schema<"HandDecision">;

export const heldStates = [
  "held",
  "released",
  "reported",
  "excluded",
] as const satisfies readonly HeldState[];

export interface HeldFilters {
  q?: string | undefined;
  state?: HeldState | undefined;
  report_id?: string | undefined;
  run_id?: string | undefined;
  code?: string | undefined;
}

export interface HeldSearch extends HeldFilters {
  cursor?: string | undefined;
}

const POLL_MS = 15_000;

export const heldKeys = { all: ["held-records"] as const };

/** The API takes several states; a page shows one. */
function asQuery({ state, ...others }: HeldSearch) {
  return { ...others, ...(state ? { state: [state] } : {}) };
}

export const heldRecordsQuery = (search: HeldSearch) =>
  queryOptions({
    queryKey: [...heldKeys.all, "list", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/held-records", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

/** Records in each state: the filter by state does not matter. */
export const heldCountsQuery = ({ q, report_id, run_id, code }: HeldSearch) => {
  const query = { q, report_id, run_id, code };
  return queryOptions({
    queryKey: [...heldKeys.all, "counts", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/held-records/counts", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** Where the filtered list is as a file. */
export function heldExportPath({ q, state, report_id, run_id, code }: HeldSearch): string {
  const pairs = Object.entries({ q, state, report_id, run_id, code }).filter(([, value]) => value);
  return `/api/v1/held-records/export?${new URLSearchParams(pairs as [string, string][]).toString()}`;
}

export const decideHeldRecords = (ids: string[], decision: HandDecision, reason: string) =>
  answer(api.POST("/api/v1/held-records/decide", { body: { ids, decision, reason } }));

export const reportHeldRecords = (runId: string, key: string) =>
  answer(api.POST("/api/v1/held-records/report", { headers: idempotencyKey(key), body: { run_id: runId } }));

export const reviewHeldRecords = (reportId: string | undefined) =>
  answer(api.POST("/api/v1/held-records/review", { body: { report_id: reportId ?? null } }));
