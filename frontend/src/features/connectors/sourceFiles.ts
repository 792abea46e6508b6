/** Files of a connector: sent part by part, going on where an earlier try stopped, and what they seem to be. */
import { answer, idempotencyKey, problemOf } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api, apiUrl, session } from "@/api/client";
import type { Schema } from "@/api/types";
import { connectorKeys } from "./api";

export type SourceFile = Schema<"SourceFileAnswer">;
export type SourceUpload = Schema<"SourceUploadAnswer">;
export type DetectedFile = Schema<"DetectedFileAnswer">;

const of = (id: string) => ({ path: { connector_id: id } });

export const sourceFilesQuery = (id: string) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "files"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/connectors/{connector_id}/files", { params: of(id), signal })),
  });

export const uploadsQuery = (id: string) =>
  queryOptions({
    queryKey: [...connectorKeys.one(id), "uploads"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/connectors/{connector_id}/uploads", { params: of(id), signal })),
  });

export const removeSourceFile = (id: string, fileId: string) =>
  answer(
    api.DELETE("/api/v1/connectors/{connector_id}/files/{file_id}", {
      params: { path: { connector_id: id, file_id: fileId } },
    }),
  );

export const detectFile = (id: string, fileId: string) =>
  answer(
    api.POST("/api/v1/connectors/{connector_id}/files/{file_id}/detect", {
      params: { path: { connector_id: id, file_id: fileId } },
    }),
  );

interface Upload {
  connectorId: string;
  table: string;
  file: File;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

/** Sends a file. One of the same name, table and size that stopped on the way goes on, also after the page was left. */
export async function uploadFile({
  connectorId,
  table,
  file,
  signal,
  onProgress,
}: Upload): Promise<SourceFile> {
  const list = await answer(
    api.GET("/api/v1/connectors/{connector_id}/uploads", { params: of(connectorId) }),
  );
  const begun = list.items.find(
    (one) => one.name === file.name && one.table === table && one.size_bytes === file.size,
  );
  let upload =
    begun ??
    (await answer(
      api.POST("/api/v1/connectors/{connector_id}/uploads", {
        params: of(connectorId),
        body: { name: file.name, table, size_bytes: file.size },
        headers: idempotencyKey(crypto.randomUUID()),
      }),
    ));
  onProgress(upload.offset);
  while (upload.offset < upload.size_bytes) {
    upload = await sendPart(connectorId, upload, file, signal);
    onProgress(upload.offset);
  }
  return answer(
    api.POST("/api/v1/connectors/{connector_id}/uploads/{upload_id}/complete", {
      params: { path: { connector_id: connectorId, upload_id: upload.id } },
    }),
  );
}

async function sendPart(connectorId: string, upload: SourceUpload, file: File, signal: AbortSignal) {
  const path = `/api/v1/connectors/${encodeURIComponent(connectorId)}/uploads/${encodeURIComponent(upload.id)}`;
  const response = await session.fetch(apiUrl + path, {
    method: "PATCH",
    headers: {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(upload.offset),
    },
    body: file.slice(upload.offset, upload.offset + upload.part_bytes),
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as SourceUpload;
}
