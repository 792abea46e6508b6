/** Versions of a report: what is asked of the API, and how the answers are kept. */
import { answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Version = Schema<"VersionAnswer">;
export type VersionEvent = Schema<"VersionEventAnswer">;
export type Diff = Schema<"DocumentDiffAnswer">;
export type PartChange = Schema<"PartChangeAnswer">;

/** Below `reports`: what changes a report or a version makes all of them stale. */
export const versionKeys = {
  list: (reportId: string) => ["reports", "versions", reportId] as const,
  one: (versionId: string) => ["reports", "version", versionId] as const,
  history: (reportId: string, versionId?: string) =>
    ["reports", "history", reportId, versionId ?? null] as const,
  compare: (versionId: string, other?: string) => ["reports", "compare", versionId, other ?? null] as const,
};

export const versionsQuery = (reportId: string) =>
  queryOptions({
    queryKey: versionKeys.list(reportId),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/versions", {
          params: { path: { report_id: reportId } },
          signal,
        }),
      ),
  });

export const versionQuery = (reportId: string, versionId: string) =>
  queryOptions({
    queryKey: versionKeys.one(versionId),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/versions/{version_id}", {
          params: { path: { report_id: reportId, version_id: versionId } },
          signal,
        }),
      ),
  });

export const historyQuery = (reportId: string, versionId?: string) =>
  queryOptions({
    queryKey: versionKeys.history(reportId, versionId),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/history", {
          params: { path: { report_id: reportId }, query: versionId ? { version_id: versionId } : {} },
          signal,
        }),
      ),
  });

/** What changed from `other` to this version; without `other` from the one the server thinks of. */
export const compareQuery = (reportId: string, versionId: string, other?: string) =>
  queryOptions({
    queryKey: versionKeys.compare(versionId, other),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/versions/{version_id}/compare", {
          params: {
            path: { report_id: reportId, version_id: versionId },
            query: other ? { with: other } : {},
          },
          signal,
        }),
      ),
  });

export type Step = "submit" | "withdraw" | "approve" | "reject" | "archive" | "roll-back" | "activate";

/** Take one step in the life of a version. */
export function takeStep(version: Pick<Version, "id" | "report_id">, step: Step, said: Schema<"Approval">) {
  const params = { path: { report_id: version.report_id, version_id: version.id } };
  const body = { comment: said.comment ?? "" };
  const base = "/api/v1/reports/{report_id}/versions/{version_id}" as const;
  switch (step) {
    case "submit":
      return answer(api.POST(`${base}/submit`, { params, body }));
    case "withdraw":
      return answer(api.POST(`${base}/withdraw`, { params, body }));
    case "approve":
      return answer(api.POST(`${base}/approve`, { params, body: said }));
    case "reject":
      return answer(api.POST(`${base}/reject`, { params, body }));
    case "archive":
      return answer(api.POST(`${base}/archive`, { params, body }));
    case "roll-back":
      return answer(api.POST(`${base}/roll-back`, { params, body }));
    case "activate":
      return answer(api.POST(`${base}/activate`, { params }));
  }
}
