/** The register of errors and omissions: what is asked of the API. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Entry = Schema<"RegisterEntryAnswer">;
export type EntryDetail = Schema<"RegisterEntryDetailAnswer">;
export type EntryBody = Schema<"RegisterEntryBody">;
export type EntryMove = Schema<"RegisterEntryMove">;
export type EntryStateName = Schema<"EntryState">;
export type EntryKind = Schema<"EntryKind">;
export type FoundBy = Schema<"FoundBy">;
export type RootCause = Schema<"RootCause">;
export type LinkKind = Schema<"LinkKind">;
export type RegisterLink = Schema<"RegisterLinkAnswer">;
export type RegisterAction = Schema<"RegisterActionAnswer">;
export type EntryEvent = Schema<"RegisterEntryEventAnswer">;
export type AgainBody = Schema<"BackReportingBody">;
export type PlannedDay = Schema<"PlannedDayAnswer">;
export type Again = Schema<"BackReportingAnswer">;
export type AgainDay = Schema<"AgainDayAnswer">;
export type NotificationFormat = Schema<"NotificationFormat">;

export const entryStates = [
  "open",
  "assessed",
  "notified",
  "remediating",
  "closed",
  "reopened",
] as const satisfies readonly EntryStateName[];
export const entryKinds = [
  "error",
  "omission",
  "over_reporting",
  "late",
] as const satisfies readonly EntryKind[];
export const foundBy = [
  "own_control",
  "reconciliation",
  "regulator_feedback",
  "audit",
] as const satisfies readonly FoundBy[];
export const rootCauses = [
  "interpretation",
  "scope",
  "report_logic",
  "source_data",
  "reference_data",
  "missing_feed",
  "system_change",
  "system_failure",
  "manual",
  "control_gap",
  "third_party",
  "regulator_change",
  "other",
] as const satisfies readonly RootCause[];
export const linkKinds = [
  "submission",
  "run",
  "exception",
  "feedback",
  "reconciliation",
] as const satisfies readonly LinkKind[];

export interface EntrySearch {
  q?: string | undefined;
  state?: EntryStateName | undefined;
  kind?: EntryKind | undefined;
  root_cause?: RootCause | undefined;
  found_by?: FoundBy | undefined;
  report_id?: string | undefined;
  discovered_from?: string | undefined;
  discovered_to?: string | undefined;
  is_overdue?: true | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 5_000;

export const entryKeys = {
  all: ["error-register"] as const,
  one: (id: string) => ["error-register", "one", id] as const,
  again: (id: string) => ["error-register", "again", id] as const,
};

/** The API takes several states; a page shows one of them. */
function asQuery({ state, ...others }: EntrySearch) {
  return { ...others, ...(state ? { state: [state] } : {}) };
}

export const entriesQuery = (search: EntrySearch) =>
  queryOptions({
    queryKey: [...entryKeys.all, "list", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/error-register", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
  });

/** Entries in each state: neither the state nor the page matters. */
export const entryCountsQuery = (search: EntrySearch) => {
  const query = asQuery({ ...search, state: undefined, cursor: undefined });
  return queryOptions({
    queryKey: [...entryKeys.all, "counts", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/error-register/counts", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export function exportPath(search: EntrySearch): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...search, cursor: undefined }))
    if (value !== undefined) query.append(name, String(value));
  return `/api/v1/error-register/export?${query.toString()}`;
}

const named = (id: string) => ({ path: { register_entry_id: id } });

export const entryQuery = (id: string) =>
  queryOptions({
    queryKey: entryKeys.one(id),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/error-register/{register_entry_id}", { params: named(id), signal })),
    refetchInterval: (query) => (query.state.data?.body.back_reporting ? POLL_MS : false),
  });

export const causesQuery = () =>
  queryOptions({
    queryKey: [...entryKeys.all, "causes"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/error-register/root-causes", { signal })),
    staleTime: Infinity,
  });

export const peopleQuery = () =>
  queryOptions({
    queryKey: [...entryKeys.all, "people"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/error-register/people", { signal })),
  });

export const notificationQuery = (id: string, format: NotificationFormat) =>
  queryOptions({
    queryKey: [...entryKeys.one(id), "notification", format],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/error-register/{register_entry_id}/notification", {
          params: { ...named(id), query: { format } },
          signal,
        }),
      ),
    staleTime: 0,
  });

export const openEntry = (body: Schema<"RegisterEntryCreate">, key: string) =>
  answer(api.POST("/api/v1/error-register", { body, headers: idempotencyKey(key) }));

export const changeEntry = (id: string, body: EntryBody, etag: string | null) =>
  answer(
    api.PUT("/api/v1/error-register/{register_entry_id}", {
      params: named(id),
      body,
      headers: ifMatch(etag),
    }),
  );

export const fillEntry = (id: string, etag: string | null) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/fill", {
      params: named(id),
      headers: ifMatch(etag),
    }),
  );

export const moveEntry = (id: string, body: EntryMove, etag: string | null) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/move", {
      params: named(id),
      body,
      headers: ifMatch(etag),
    }),
  );

export const linkEntry = (id: string, kind: LinkKind, target: string) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/links", {
      params: named(id),
      body: { kind, id: target },
    }),
  );

export const unlinkEntry = (id: string, kind: LinkKind, target: string) =>
  answer(
    api.DELETE("/api/v1/error-register/{register_entry_id}/links/{link_kind}/{target_id}", {
      params: { path: { register_entry_id: id, link_kind: kind, target_id: target } },
    }),
  );

type ActionBody = Schema<"RegisterActionBody">;

export const addAction = (id: string, body: ActionBody, key: string) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/actions", {
      params: named(id),
      body,
      headers: idempotencyKey(key),
    }),
  );

const action = (id: string, action_id: string) => ({ path: { register_entry_id: id, action_id } });

export const changeAction = (id: string, actionId: string, body: ActionBody) =>
  answer(
    api.PUT("/api/v1/error-register/{register_entry_id}/actions/{action_id}", {
      params: action(id, actionId),
      body,
    }),
  );

export const finishAction = (id: string, actionId: string, note: string) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/actions/{action_id}/finish", {
      params: action(id, actionId),
      body: { note },
    }),
  );

export const againQuery = (id: string) =>
  queryOptions({
    queryKey: entryKeys.again(id),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/error-register/{register_entry_id}/back-reporting", { params: named(id), signal }),
      ),
    refetchInterval: (query) => (query.state.data?.items.length ? POLL_MS : false),
  });

export const previewAgain = (id: string, body: AgainBody) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/back-reporting/preview", {
      params: named(id),
      body,
    }),
  );

export const startAgain = (id: string, body: AgainBody, key: string) =>
  answer(
    api.POST("/api/v1/error-register/{register_entry_id}/back-reporting", {
      params: named(id),
      body,
      headers: idempotencyKey(key),
    }),
  );
