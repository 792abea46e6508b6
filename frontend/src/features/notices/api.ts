/** What somebody is to know: notices, live and as a list, and how they want to be told. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, apiUrl } from "@/api/client";
import type { Schema } from "@/api/types";

export type Notice = Schema<"NoticeAnswer">;
export type NoticeKind = Schema<"NoticeKind">;
export type NoticePreferences = Schema<"NoticePreferencesBody">;

export interface NoticeFilters {
  is_read?: boolean | undefined;
  cursor?: string | undefined;
}

export const noticeKeys = { all: ["notices"] as const };
export const noticeStreamUrl = `${apiUrl}/api/v1/notices/stream`;

const IN_BELL = 8;

export const noticesQuery = (filters: NoticeFilters) =>
  queryOptions({
    queryKey: [...noticeKeys.all, "list", filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/notices", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

/** The newest few and the number of unread ones. */
export const bellQuery = () =>
  queryOptions({
    queryKey: [...noticeKeys.all, "bell"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/notices", { params: { query: { limit: IN_BELL } }, signal })),
  });

export const readNotice = (id: string) =>
  answer(api.POST("/api/v1/notices/{notice_id}/read", { params: { path: { notice_id: id } } }));

export const readAllNotices = () => answer(api.POST("/api/v1/notices/read-all"));

export const preferencesQuery = () =>
  queryOptions({
    queryKey: [...noticeKeys.all, "preferences"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/notices/preferences", { signal })),
  });

export const savePreferences = (body: NoticePreferences) =>
  answer(api.PUT("/api/v1/notices/preferences", { body }));
