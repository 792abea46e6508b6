/** What the editor asks of the API: drafts, checks, dry runs, sources, destinations, the function table. */
import { answer, ifMatch, isProblem, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { readDocument, toJson, type JsonObject, type ReportDocument } from "./document";
import type { DraftStore, StoredDraft } from "./draftKeeper";

export type Check = Schema<"DocumentCheckAnswer">;
export type Fault = Schema<"FaultAnswer">;
export type SourceColumn = Schema<"ColumnAnswer">;
export type DryRun = Schema<"DryRunAnswer">;
export type DryRunRow = Schema<"TrialRowAnswer">;
export type FunctionEntry = Schema<"FunctionAnswer">;
export type Pack = Schema<"PackAnswer">;
export type Destination = Schema<"DestinationAnswer">;
export type Preview = Schema<"PreviewAnswer">;

const LONG_FRESH_MS = 10 * 60_000;
const PATH = "/api/v1/reports/{report_id}/draft" as const;

/** The working draft; null when there is none. Never from a cache: the editor keeps its own state from then on. */
export async function loadDraft(reportId: string): Promise<StoredDraft | null> {
  try {
    const { body, etag } = await tagged(api.GET(PATH, { params: { path: { report_id: reportId } } }));
    return {
      document: readDocument(body.document),
      etag,
      revision: body.revision,
      savedAt: body.updated_at,
      savedBy: body.updated_by_name,
    };
  } catch (error) {
    if (isProblem(error, "report_draft_not_found")) return null;
    throw error;
  }
}

export function draftStore(reportId: string): DraftStore {
  return {
    load: () => loadDraft(reportId),
    save: async (document, etag) => {
      const { body, etag: next } = await tagged(
        api.PUT(PATH, {
          params: { path: { report_id: reportId } },
          body: { document: toJson(document) },
          headers: ifMatch(etag),
        }),
      );
      return { etag: next, revision: body.revision, savedAt: body.updated_at, savedBy: null };
    },
  };
}

export async function discardDraft(reportId: string, etag: string | null): Promise<void> {
  const { error, response } = await api.DELETE(PATH, {
    params: { path: { report_id: reportId } },
    headers: ifMatch(etag),
  });
  if (error) await tagged(Promise.resolve({ error, response }));
}

export const checkQuery = (document: JsonObject) =>
  queryOptions({
    queryKey: ["report-check", document],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/reports/check", { body: { document }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 30_000,
  });

export interface TrialRequest {
  document: JsonObject;
  reporting_date: string;
  parameters: JsonObject;
  limit: number;
}

/** A dry run reads rows of the source: it is kept for a short time only, and a stale one is cancelled. */
export const dryRunQuery = (body: TrialRequest) =>
  queryOptions({
    queryKey: ["report-dry-run", body],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/reports/dry-run", { body, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 30_000,
    retry: false,
  });

/** The first rows that source and inputs give together. */
export function previewJoin(body: TrialRequest) {
  return answer(api.POST("/api/v1/reports/join-preview", { body }));
}

export function saveVersion(
  reportId: string,
  document: ReportDocument,
  note: string,
  revision: number | null,
) {
  return answer(
    api.POST("/api/v1/reports/{report_id}/versions", {
      params: { path: { report_id: reportId } },
      body: { document: toJson(document), note, draft_revision: revision },
    }),
  );
}

export const functionsQuery = () =>
  queryOptions({
    queryKey: ["expressions", "functions"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/expressions/functions", { signal })),
    staleTime: LONG_FRESH_MS,
  });

export const connectorsQuery = () =>
  queryOptions({
    queryKey: ["connectors", "choice"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/connectors", { params: { query: { limit: 200 } }, signal })),
  });

export const connectorQuery = (connectorId: string) =>
  queryOptions({
    queryKey: ["connectors", "one", connectorId, "name"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}", {
          params: { path: { connector_id: connectorId } },
          signal,
        }),
      ),
  });

export const destinationsQuery = () =>
  queryOptions({
    queryKey: ["destinations", "choice"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/destinations", { params: { query: { limit: 200 } }, signal })),
  });

export const schemasQuery = (connectorId: string) =>
  queryOptions({
    queryKey: ["source", connectorId, "schemas"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}/schemas", {
          params: { path: { connector_id: connectorId } },
          signal,
        }),
      ),
    staleTime: LONG_FRESH_MS,
    retry: false,
  });

export const tablesQuery = (connectorId: string, schema: string) =>
  queryOptions({
    queryKey: ["source", connectorId, "tables", schema],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}/tables", {
          params: { path: { connector_id: connectorId }, query: { schema } },
          signal,
        }),
      ),
    staleTime: LONG_FRESH_MS,
    retry: false,
  });

export const columnsQuery = (connectorId: string, schema: string, table: string) =>
  queryOptions({
    queryKey: ["source", connectorId, "columns", schema, table],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}/columns", {
          params: { path: { connector_id: connectorId }, query: { schema, table } },
          signal,
        }),
      ),
    staleTime: LONG_FRESH_MS,
    retry: false,
  });

export function previewRows(connectorId: string, query: string, parameters: JsonObject): Promise<Preview> {
  return answer(
    api.POST("/api/v1/connectors/{connector_id}/preview", {
      params: { path: { connector_id: connectorId } },
      body: { query, parameters, limit: 20 },
    }),
  );
}

export const explainQuery = (connectorId: string, query: string, parameters: JsonObject) =>
  answer(
    api.POST("/api/v1/connectors/{connector_id}/explain", {
      params: { path: { connector_id: connectorId } },
      body: { query, parameters },
    }),
  );

/** What the saved draft changes; the tag says which state of it. */
export const draftComparisonQuery = (reportId: string, etag: string | null) =>
  queryOptions({
    queryKey: ["reports", "draft-compare", reportId, etag],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/{report_id}/draft/compare", {
          params: { path: { report_id: reportId } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
