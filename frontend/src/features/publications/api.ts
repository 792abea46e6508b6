/** Publications: what customers of the external API are shown. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Publication = Schema<"PublicationAnswer">;
export type PublicationKind = Schema<"PublicationKind">;
export type PublicationRequest = Schema<"PublicationRequest">;

export interface PublicationFilters {
  kind?: PublicationKind | undefined;
  is_published?: boolean | undefined;
  cursor?: string | undefined;
}

/** The longest page of a list. */
const MOST = 200;

export const publicationKeys = {
  all: ["publications"] as const,
  one: (id: string) => ["publications", "one", id] as const,
};

export const publicationsQuery = (filters: PublicationFilters) =>
  queryOptions({
    queryKey: [...publicationKeys.all, "list", filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/publications", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** What of a kind is shown now, through all pages: a page of a thing asks whether it is among them. */
export const shownQuery = (kind: PublicationKind) =>
  queryOptions({
    queryKey: [...publicationKeys.all, "shown", kind],
    queryFn: async ({ signal }) => {
      const found: Publication[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { kind, is_published: true, limit: MOST, ...(cursor ? { cursor } : {}) };
        const page = await answer(api.GET("/api/v1/publications", { params: { query }, signal }));
        found.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor);
      return found;
    },
  });

export const publicationQuery = (id: string) =>
  queryOptions({
    queryKey: publicationKeys.one(id),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/publications/{publication_id}", {
          params: { path: { publication_id: id } },
          signal,
        }),
      ),
  });

export const publish = (body: PublicationRequest, key: string) =>
  answer(api.POST("/api/v1/publications", { body, headers: idempotencyKey(key) }));

export const unpublish = (id: string) =>
  answer(
    api.POST("/api/v1/publications/{publication_id}/unpublish", { params: { path: { publication_id: id } } }),
  );
