/** Schema packages: a regulator's XML schemas, their elements, and documents checked against them. */
import { answer, idempotencyKey, problemOf } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api, apiUrl, session } from "@/api/client";
import type { Schema } from "@/api/types";

export type SchemaPackage = Schema<"SchemaPackageAnswer">;
export type SchemaElement = Schema<"SchemaElementAnswer">;
export type SchemaAttribute = Schema<"SchemaAttributeAnswer">;
export type SchemaValueType = Schema<"SchemaValueTypeAnswer">;
export type DocumentFault = Schema<"DocumentFaultAnswer">;
export type DocumentCheck = Schema<"SchemaDocumentCheckAnswer">;

export const schemaPackageKeys = { all: ["schema-packages"] as const };
const of = (packageId: string) => ({ path: { package_id: packageId } });

export const schemaPackagesQuery = () =>
  queryOptions({
    queryKey: [...schemaPackageKeys.all, "list"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/schema-packages", { signal })),
  });

export const schemaPackageQuery = (packageId: string) =>
  queryOptions({
    queryKey: [...schemaPackageKeys.all, "one", packageId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/schema-packages/{package_id}", { params: of(packageId), signal })),
  });

/** The elements of one level. A package never changes, so they are asked for once. */
export const elementsQuery = (packageId: string, steps: readonly string[]) =>
  queryOptions({
    queryKey: [...schemaPackageKeys.all, "elements", packageId, ...steps],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/schema-packages/{package_id}/elements", {
          params: { ...of(packageId), query: { step: [...steps] } },
          signal,
        }),
      ),
    staleTime: Infinity,
  });

interface Sending {
  file: File;
  signal: AbortSignal;
  onProgress: (part: number) => void;
}

/** Install a zip of XSD files or one XSD file. Throws ApiProblem. */
export async function installSchemas({ file, signal, onProgress }: Sending): Promise<SchemaPackage> {
  const response = await session.upload({
    url: `${apiUrl}/api/v1/schema-packages`,
    form: formOf(file),
    headers: idempotencyKey(crypto.randomUUID()),
    signal,
    onProgress,
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as SchemaPackage;
}

export const checkDocument = (packageId: string, file: File) =>
  answer(
    api.POST("/api/v1/schema-packages/{package_id}/check", {
      params: of(packageId),
      body: { file: "" },
      bodySerializer: () => formOf(file),
    }),
  );

function formOf(file: File): FormData {
  const form = new FormData();
  form.append("file", file);
  return form;
}
