/** Connectors: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, problemOf, readEvents, tagged, unreachable } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, apiUrl, session } from "@/api/client";
import type { Schema } from "@/api/types";

export type Connector = Schema<"ConnectorAnswer">;
export type ConnectorKind = Schema<"ConnectorKindAnswer">;
export type SourceTable = Schema<"SourceTableAnswer">;
export type TableColumn = Schema<"TableColumnAnswer">;
export type ConnectorHealth = Schema<"ConnectorHealthAnswer">;
export type TestStep = Schema<"TestStepAnswer">;
export type TestResult = Schema<"TestAnswer">;
export type OnStep = (step: TestStep) => void;

export interface ConnectorSearch {
  q?: string | undefined;
  cursor?: string | undefined;
}

const NEVER_STALE = Infinity;

export const connectorKeys = {
  all: ["connectors"] as const,
  one: (id: string) => ["connectors", "one", id] as const,
};

const ofConnector = (id: string) => ({ path: { connector_id: id } });

export const connectorsQuery = (search: ConnectorSearch) =>
  queryOptions({
    queryKey: ["connectors", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/connectors", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const connectorQuery = (id: string) =>
  queryOptions({
    queryKey: connectorKeys.one(id),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/connectors/{connector_id}", { params: ofConnector(id), signal })),
  });

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "health"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/connectors/{connector_id}/health", { params: ofConnector(id), signal })),
  });

export const connectorKindsQuery = () =>
  queryOptions({
    queryKey: ["connectors", "kinds"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/connectors/kinds", { signal })),
    staleTime: NEVER_STALE,
  });

export const createConnector = (body: Schema<"ConnectorCreate">, key: string) =>
  answer(api.POST("/api/v1/connectors", { body, headers: idempotencyKey(key) }));

export const changeConnector = (id: string, body: Schema<"ConnectorChange">, etag: string | null) =>
  answer(
    api.PATCH("/api/v1/connectors/{connector_id}", { params: ofConnector(id), body, headers: ifMatch(etag) }),
  );

export const removeConnector = (id: string) =>
  answer(api.DELETE("/api/v1/connectors/{connector_id}", { params: ofConnector(id) }));

export const testConnector = (id: string, onStep: OnStep) =>
  testBySteps(`/api/v1/connectors/${encodeURIComponent(id)}/test`, undefined, onStep);

export const testConnectorSettings = (body: Schema<"ConnectorTrial">, onStep: OnStep) =>
  testBySteps("/api/v1/connectors/test", body, onStep);

/** A test whose steps are told while it goes on; a source that does not answer is seen at the step it hangs in. */
async function testBySteps(
  path: string,
  body: Schema<"ConnectorTrial"> | undefined,
  onStep: OnStep,
): Promise<TestResult> {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const response = await session.fetch(apiUrl + path, {
    method: "POST",
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok || !response.body) throw await problemOf(response);
  let result: TestResult | undefined;
  await readEvents(response.body, ({ event, data }) => {
    if (event === "step") onStep(JSON.parse(data) as TestStep);
    if (event === "result") result = JSON.parse(data) as TestResult;
  });
  if (!result) throw unreachable(new Error("the stream of the test broke off"));
  return result;
}

export const schemasQuery = (id: string) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "schemas"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/connectors/{connector_id}/schemas", { params: ofConnector(id), signal })),
  });

export const tablesQuery = (id: string, schema: string, q: string | undefined) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "tables", schema, q],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}/tables", {
          params: { ...ofConnector(id), query: { schema, q } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const columnsQuery = (id: string, schema: string, table: string) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "columns", schema, table],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/connectors/{connector_id}/columns", {
          params: { ...ofConnector(id), query: { schema, table } },
          signal,
        }),
      ),
  });

export const PREVIEW_ROWS = 20;

export const previewTable = (id: string, query: string) =>
  answer(
    api.POST("/api/v1/connectors/{connector_id}/preview", {
      params: ofConnector(id),
      body: { query, parameters: {}, limit: PREVIEW_ROWS },
    }),
  );
