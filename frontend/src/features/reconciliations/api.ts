/** Reconciliations with extracts: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import type { ExtractMapping } from "./mapping";

export type Reconciliation = Schema<"ReconciliationAnswer">;
export type ReconciliationDetail = Schema<"ReconciliationDetailAnswer">;
export type ReconciliationState = Schema<"ReconciliationState">;
export type Stage = Schema<"ReconciliationStage">;
export type Difference = Schema<"DifferenceAnswer">;
export type DifferenceKind = Schema<"DifferenceKind">;
export type DifferenceState = Schema<"DifferenceState">;
export type Standing = Schema<"Standing">;
export type ExtractPreview = Schema<"ExtractPreviewAnswer">;
export type ReportField = Schema<"ReportField">;
export type SavedMapping = Schema<"ReconciliationMappingAnswer">;
export type Environment = Schema<"SubmissionEnvironment">;

export const reconciliationStates = [
  "queued",
  "running",
  "done",
  "failed",
  "cancelled",
] as const satisfies readonly ReconciliationState[];
export const differenceKinds = ["missing", "extra", "different"] as const satisfies readonly DifferenceKind[];
export const differenceStates = ["open", "explained"] as const satisfies readonly DifferenceState[];

export interface ReconciliationSearch {
  q?: string | undefined;
  state?: ReconciliationState | undefined;
  report_id?: string | undefined;
  cursor?: string | undefined;
}

export interface DifferenceFilters {
  q?: string | undefined;
  kind?: DifferenceKind | undefined;
  state?: DifferenceState | undefined;
  field?: string | undefined;
}

export interface Comparing {
  file: File;
  reportId: string;
  firstDate: string;
  lastDate: string;
  environment: Environment;
  mapping: ExtractMapping;
}

const POLL_MS = 2_000;
const LIST_POLL_MS = 10_000;
/** So much of a text file is looked at for a preview; a workbook is needed as a whole. */
const PREVIEW_BYTES = 262_144;

export const isUnderWay = (state: ReconciliationState) => state === "queued" || state === "running";

export const reconciliationKeys = {
  all: ["reconciliations"] as const,
  one: (id: string) => ["reconciliations", "one", id] as const,
  mappings: ["reconciliation-mappings"] as const,
};

const of = (id: string) => ({ path: { reconciliation_id: id } });

export const reconciliationsQuery = ({ state, ...others }: ReconciliationSearch) =>
  queryOptions({
    queryKey: [...reconciliationKeys.all, "list", { state, ...others }],
    queryFn: ({ signal }) => {
      const query = { ...others, ...(state ? { state: [state] } : {}) };
      return answer(api.GET("/api/v1/reconciliations", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: LIST_POLL_MS,
  });

export const reconciliationQuery = (id: string) =>
  queryOptions({
    queryKey: reconciliationKeys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/reconciliations/{reconciliation_id}", { params: of(id), signal })),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data.state) ? POLL_MS : false),
  });

export const differencesQuery = (id: string, filters: DifferenceFilters, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...reconciliationKeys.one(id), "differences", filters, cursor],
    queryFn: ({ signal }) => {
      const { kind, state, q, field } = filters;
      const query = {
        q,
        field,
        cursor,
        ...(kind ? { kind: [kind] } : {}),
        ...(state ? { state: [state] } : {}),
      };
      return answer(
        api.GET("/api/v1/reconciliations/{reconciliation_id}/differences", {
          params: { ...of(id), query },
          signal,
        }),
      );
    },
    placeholderData: keepPreviousData,
  });

export const mappingsQuery = (reportId: string | null) =>
  queryOptions({
    queryKey: [...reconciliationKeys.mappings, reportId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reconciliation-mappings", {
          params: { query: { report_id: reportId } },
          signal,
        }),
      ),
    enabled: reportId !== null,
  });

export const downloadPath = (id: string) => `/api/v1/reconciliations/${id}/download`;

export function previewExtract(file: File, reportId: string, encoding: string) {
  const isText = !/\.xlsx?$/i.test(file.name);
  const head = isText ? new File([file.slice(0, PREVIEW_BYTES)], file.name) : file;
  return answer(
    api.POST("/api/v1/reconciliations/preview", {
      // The types know a file in a form as a text.
      body: { file: file.name, report_id: reportId, encoding },
      bodySerializer: () => formOf({ report_id: reportId, encoding }, head),
    }),
  );
}

export function startReconciliation(wanted: Comparing, key: string) {
  const said = {
    report_id: wanted.reportId,
    first_date: wanted.firstDate,
    last_date: wanted.lastDate,
    environment: wanted.environment,
    mapping: JSON.stringify(wanted.mapping),
  };
  return answer(
    api.POST("/api/v1/reconciliations", {
      body: { ...said, file: wanted.file.name },
      bodySerializer: () => formOf(said, wanted.file),
      headers: idempotencyKey(key),
    }),
  );
}

export const saveMapping = (reportId: string, name: string, mapping: ExtractMapping) =>
  answer(
    api.PUT("/api/v1/reconciliation-mappings", {
      body: { report_id: reportId, name, mapping: { ...mapping } },
    }),
  );

export const removeMapping = (id: string) =>
  answer(
    api.DELETE("/api/v1/reconciliation-mappings/{mapping_id}", { params: { path: { mapping_id: id } } }),
  );

export const cancelReconciliation = (id: string) =>
  answer(api.POST("/api/v1/reconciliations/{reconciliation_id}/cancel", { params: of(id) }));

export const explainDifferences = (id: string, positions: number[], comment: string | null) =>
  answer(
    api.POST("/api/v1/reconciliations/{reconciliation_id}/differences/explain", {
      params: of(id),
      body: { positions, comment },
    }),
  );

export const openExceptions = (id: string, positions: number[], reason: string) =>
  answer(
    api.POST("/api/v1/reconciliations/{reconciliation_id}/differences/exceptions", {
      params: of(id),
      body: { positions, reason },
    }),
  );

function formOf(parts: Record<string, string>, file: File): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  form.append("file", file);
  return form;
}
