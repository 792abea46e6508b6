/** Lists of official texts: what was imported, and importing another. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type OfficialRule = Schema<"OfficialRuleAnswer">;
export type OfficialList = Schema<"OfficialListAnswer">;
export type ListFile = Schema<"ListFileAnswer">;
export type ListImport = Schema<"OfficialListImport">;
export type ImportOutcome = Schema<"OfficialImportAnswer">;
export type BroughtText = Schema<"BroughtTextAnswer">;
export type ComparedText = Schema<"ComparedTextAnswer">;
export type ListPart = Schema<"ListPart">;
export type TextChange = Schema<"TextChange">;
export type Columns = Partial<Record<ListPart, number>>;

export const textChanges = ["added", "changed", "same", "withdrawn"] as const;
export const listParts = [
  "code",
  "text",
  "error_code",
  "field",
  "severity",
  "citation",
  "valid_from",
  "valid_to",
] as const;

export interface ListsSearch {
  pack_id?: string | undefined;
  cursor?: string | undefined;
}

export interface TextsSearch {
  change?: TextChange | undefined;
  cursor?: string | undefined;
}

export const officialKeys = { all: ["official-texts"] as const };

export const officialListsQuery = (search: ListsSearch) =>
  queryOptions({
    queryKey: [...officialKeys.all, "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/official-texts", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const officialListQuery = (listId: string) =>
  queryOptions({
    queryKey: [...officialKeys.all, "one", listId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/official-texts/{list_id}", { params: { path: { list_id: listId } }, signal })),
  });

export const officialTextsQuery = (listId: string, search: TextsSearch) =>
  queryOptions({
    queryKey: [...officialKeys.all, "one", listId, "texts", search],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/official-texts/{list_id}/texts", {
          params: { path: { list_id: listId }, query: search },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Every rule of a regime by id, with what it says. */
export const rulesOfRegimeQuery = (regime: string) =>
  queryOptions({
    queryKey: ["rules", "of-regime", regime],
    queryFn: async ({ signal }) => {
      const found = new Map<string, string>();
      let cursor: string | undefined;
      do {
        const query = { regime, limit: 200, ...(cursor ? { cursor } : {}) };
        const page = await answer(api.GET("/api/v1/rules", { params: { query }, signal }));
        for (const rule of page.items) found.set(rule.id, rule.title);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return found;
    },
  });

export const readList = (file: File, sheet: string | null) =>
  answer(
    api.POST("/api/v1/official-texts/read", {
      params: { query: sheet === null ? {} : { sheet } },
      body: { file: file.name },
      bodySerializer: () => formOf(file),
    }),
  );

/** A dry run tells what would happen; `key` makes the same request twice one import. */
export const importList = (file: File, how: ListImport, isDryRun: boolean, key: string) =>
  answer(
    api.POST("/api/v1/official-texts/imports", {
      params: { query: { is_dry_run: isDryRun } },
      headers: idempotencyKey(key),
      body: { file: file.name, how: "" },
      bodySerializer: () => formOf(file, how),
    }),
  );

function formOf(file: File, how?: ListImport): FormData {
  const form = new FormData();
  form.append("file", file);
  if (how) form.append("how", JSON.stringify(how));
  return form;
}
