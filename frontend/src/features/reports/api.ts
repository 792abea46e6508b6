/** Reports: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { operations } from "@/api/schema.gen";
import type { Schema } from "@/api/types";

export type Report = Schema<"ReportAnswer">;
export type ReportFilters = NonNullable<operations["list_reports_api_v1_reports_get"]["parameters"]["query"]>;
export type ReportImportAnswer = Schema<"ImportAnswer">;

export const reportKeys = {
  all: ["reports"] as const,
  list: (filters: ReportFilters) => ["reports", "list", filters] as const,
  one: (reportId: string) => ["reports", "one", reportId] as const,
};

const LONG_FRESH_MS = 10 * 60_000;

export const reportsQuery = (filters: ReportFilters) =>
  queryOptions({
    queryKey: reportKeys.list(filters),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/reports", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** A report with the tag that a change of it names. */
export const reportQuery = (reportId: string) =>
  queryOptions({
    queryKey: reportKeys.one(reportId),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/reports/{report_id}", { params: { path: { report_id: reportId } }, signal })),
  });

/** The packs of this installation; they change with a new release only. */
export const packsQuery = () =>
  queryOptions({
    queryKey: ["regulations", "list"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/regulations", { signal })),
    staleTime: LONG_FRESH_MS,
  });

export const packQuery = (packId: string) =>
  queryOptions({
    queryKey: ["regulations", "one", packId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/regulations/{pack_id}", { params: { path: { pack_id: packId } }, signal })),
    staleTime: LONG_FRESH_MS,
  });

export function createReport(body: Schema<"ReportCreate">, key: string): Promise<Report> {
  return answer(api.POST("/api/v1/reports", { body, headers: idempotencyKey(key) }));
}

export function cloneReport(reportId: string, body: Schema<"ReportClone">, key: string): Promise<Report> {
  const params = { path: { report_id: reportId } };
  return answer(
    api.POST("/api/v1/reports/{report_id}/clone", { params, body, headers: idempotencyKey(key) }),
  );
}

export function changeReport(reportId: string, body: Schema<"ReportChange">, etag: string | null) {
  const params = { path: { report_id: reportId } };
  return answer(api.PATCH("/api/v1/reports/{report_id}", { params, body, headers: ifMatch(etag) }));
}

export function archiveReport(reportId: string): Promise<Report> {
  return answer(
    api.POST("/api/v1/reports/{report_id}/archive", { params: { path: { report_id: reportId } } }),
  );
}

export function restoreReport(reportId: string): Promise<Report> {
  return answer(
    api.POST("/api/v1/reports/{report_id}/restore", { params: { path: { report_id: reportId } } }),
  );
}

/** What importing a file would change; nothing is kept. */
export function tryImport(content: string): Promise<ReportImportAnswer> {
  return answer(
    api.POST("/api/v1/reports/import", { params: { query: { dry_run: true } }, body: { content } }),
  );
}

export function importReport(content: string): Promise<ReportImportAnswer> {
  return answer(api.POST("/api/v1/reports/import", { params: { query: {} }, body: { content } }));
}

export function exportAddress(reportId: string, versionId?: string): string {
  return `/api/v1/reports/${reportId}/export${versionId ? `?version_id=${versionId}` : ""}`;
}
