/** Datasets and mapping sets: what is asked of the API. Both have the same routes under their own nouns. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Dataset = Schema<"DatasetAnswer">;
export type DatasetVersion = Schema<"DatasetVersionAnswer">;
export type Entry = Schema<"EntryAnswer">;
export type EntryEdit = Schema<"EntryEditRequest">;
export type EntryChange = Schema<"EntryChangeAnswer">;
export type ReferenceList = Schema<"ReferenceListAnswer">;
export type LoadMode = ReferenceList["modes"][number];
export type ImportMode = Schema<"ImportMode">;
export type ImportOutcome = Schema<"DatasetImportAnswer">;
export type EntryFault = Schema<"EntryFaultAnswer">;
export type FileFormat = Schema<"FileFormat">;
export type Noun = "datasets" | "mapping-sets";

export interface DatasetSearch {
  q?: string | undefined;
  cursor?: string | undefined;
}

export interface EntrySearch {
  q?: string | undefined;
  as_of?: string | undefined;
  version?: number | undefined;
  cursor?: string | undefined;
}

const PAGE_OF_ENTRIES = 100;
const of = (id: string) => ({ path: { dataset_id: id } });

export const datasetKeys = {
  all: (noun: Noun) => [noun] as const,
  one: (noun: Noun, id: string) => [noun, "one", id] as const,
};

export const datasetsQuery = (noun: Noun, search: DatasetSearch) =>
  queryOptions({
    queryKey: [noun, "list", search],
    queryFn: ({ signal }) =>
      noun === "datasets"
        ? answer(api.GET("/api/v1/datasets", { params: { query: search }, signal }))
        : answer(api.GET("/api/v1/mapping-sets", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const datasetQuery = (noun: Noun, id: string) =>
  queryOptions({
    queryKey: datasetKeys.one(noun, id),
    queryFn: ({ signal }) =>
      noun === "datasets"
        ? tagged(api.GET("/api/v1/datasets/{dataset_id}", { params: of(id), signal }))
        : tagged(api.GET("/api/v1/mapping-sets/{dataset_id}", { params: of(id), signal })),
  });

export const entriesQuery = (noun: Noun, id: string, search: EntrySearch) =>
  queryOptions({
    queryKey: [...datasetKeys.one(noun, id), "entries", search],
    queryFn: ({ signal }) => {
      const params = { ...of(id), query: { ...search, limit: PAGE_OF_ENTRIES } };
      return noun === "datasets"
        ? answer(api.GET("/api/v1/datasets/{dataset_id}/entries", { params, signal }))
        : answer(api.GET("/api/v1/mapping-sets/{dataset_id}/entries", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });

export const versionsQuery = (noun: Noun, id: string) =>
  queryOptions({
    queryKey: [...datasetKeys.one(noun, id), "versions"],
    queryFn: ({ signal }) =>
      noun === "datasets"
        ? answer(api.GET("/api/v1/datasets/{dataset_id}/versions", { params: of(id), signal }))
        : answer(api.GET("/api/v1/mapping-sets/{dataset_id}/versions", { params: of(id), signal })),
  });

export const changesQuery = (noun: Noun, id: string, number: number, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...datasetKeys.one(noun, id), "changes", number, cursor],
    queryFn: ({ signal }) => {
      const params = { path: { dataset_id: id, number }, query: { cursor } };
      return noun === "datasets"
        ? answer(api.GET("/api/v1/datasets/{dataset_id}/versions/{number}/changes", { params, signal }))
        : answer(api.GET("/api/v1/mapping-sets/{dataset_id}/versions/{number}/changes", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });

export const createDataset = (body: Schema<"DatasetCreate">, key: string) =>
  answer(api.POST("/api/v1/datasets", { body, headers: idempotencyKey(key) }));

export const createMappingSet = (body: Schema<"MappingSetCreate">, key: string) =>
  answer(api.POST("/api/v1/mapping-sets", { body, headers: idempotencyKey(key) }));

export function changeDataset(
  noun: Noun,
  id: string,
  body: Schema<"MappingSetChange">,
  etag: string | null,
): Promise<Dataset> {
  const options = { params: of(id), body, headers: ifMatch(etag) };
  return noun === "datasets"
    ? answer(api.PATCH("/api/v1/datasets/{dataset_id}", options))
    : answer(api.PATCH("/api/v1/mapping-sets/{dataset_id}", options));
}

export function editEntries(noun: Noun, id: string, body: Schema<"EntryEdits">, key: string) {
  const options = { params: of(id), body, headers: idempotencyKey(key) };
  return noun === "datasets"
    ? answer(api.POST("/api/v1/datasets/{dataset_id}/entries", options))
    : answer(api.POST("/api/v1/mapping-sets/{dataset_id}/entries", options));
}

/** Where the entries that are looked at are as a file. */
export function exportPath(noun: Noun, id: string, search: EntrySearch, format: FileFormat): string {
  const query = new URLSearchParams({ format });
  for (const name of ["q", "as_of", "version"] as const) {
    if (search[name] !== undefined) query.set(name, String(search[name]));
  }
  return `/api/v1/${noun}/${id}/export?${query.toString()}`;
}

export interface FileImport {
  file: File;
  mode: ImportMode;
  /** The day that a snapshot is of; today without it. */
  effective_from: string | undefined;
  note: string;
  based_on: number;
  is_dry_run: boolean;
}

export function importEntries(noun: Noun, id: string, { file, ...query }: FileImport, key: string) {
  const form = new FormData();
  form.append("file", file);
  const options = {
    params: { ...of(id), query },
    headers: idempotencyKey(key),
    body: { file: "" },
    bodySerializer: () => form,
  };
  return noun === "datasets"
    ? answer(api.POST("/api/v1/datasets/{dataset_id}/imports", options))
    : answer(api.POST("/api/v1/mapping-sets/{dataset_id}/imports", options));
}

export const referenceListsQuery = () =>
  queryOptions({
    queryKey: ["datasets", "reference-lists"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/reference-lists", { signal })),
  });

interface Load {
  listed: ReferenceList["name"];
  mode: LoadMode;
  file: File | null;
  signal: AbortSignal;
}

export function loadList({ listed, mode, file, signal }: Load) {
  return answer(
    api.POST("/api/v1/reference-lists/{listed}/load", {
      params: { path: { listed }, query: { mode } },
      body: { file: null },
      bodySerializer: () => {
        const form = new FormData();
        if (file) form.append("file", file);
        return form;
      },
      signal,
    }),
  );
}
