/** Exceptions: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, tagged, type Tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import type { Change, ChangeForMany } from "./drafts";

export type ListedException = Schema<"ListedExceptionAnswer">;
export type ExceptionDetail = Schema<"ExceptionDetailAnswer">;
export type ExceptionStateName = Schema<"ExceptionState">;
export type ExceptionEvent = Schema<"ExceptionEventAnswer">;
export type Amendment = Schema<"AmendmentAnswer">;
export type RecordValueAnswer = Schema<"RecordValueAnswer">;
export type RecordFinding = Schema<"RecordFindingAnswer">;
export type AmendedRecord = Schema<"AmendedRecordAnswer">;
export type Assignment = Schema<"ExceptionAssignment">;
export type Grouping = Schema<"GroupedBy">;
export type ExceptionOrigin = Schema<"ExceptionOrigin">;
export type RecordFault = Schema<"RecordFaultAnswer">;
export type Stored = Tagged<ExceptionDetail>;

/** Exceptions that are changed together. */
export const MOST_TOGETHER = 500;
export const GROUPINGS = ["rule", "report", "entity"] as const satisfies readonly Grouping[];
export const ORIGINS = ["finding", "reported", "feedback"] as const satisfies readonly ExceptionOrigin[];
const POLL_MS = 10_000;
const MEMBERS_STAY_MS = 60_000;
const MOST_FAULTS = 50;

export interface ExceptionFilters {
  q?: string | undefined;
  state?: ExceptionStateName | undefined;
  report_id?: string | undefined;
  run_id?: string | undefined;
  rule_id?: string | undefined;
  origin?: ExceptionOrigin | undefined;
  entity?: string | undefined;
  assignee_id?: string | undefined;
  is_assigned?: false | undefined;
  is_proposed?: true | undefined;
  is_repeat?: true | undefined;
  is_overdue?: true | undefined;
}

export interface ExceptionSearch extends ExceptionFilters {
  group?: Grouping | undefined;
  sort?: Schema<"ExceptionOrder"> | undefined;
  cursor?: string | undefined;
}

export const exceptionKeys = {
  all: ["exceptions"] as const,
  one: (id: string) => ["exceptions", "one", id] as const,
};

const ofException = (id: string) => ({ path: { exception_id: id } });

/** The filters of a list without its order, page and groups. */
export function filtersOf(search: ExceptionSearch): ExceptionFilters {
  const filters = { ...search };
  delete filters.group;
  delete filters.sort;
  delete filters.cursor;
  return filters;
}

/** As the API takes it: several states, and overdue as a moment. What is overdue is open or amended. */
function asQuery({ state, is_overdue, ...others }: ExceptionFilters) {
  const states = state ? [state] : is_overdue ? (["open", "amended"] as const) : [];
  return {
    ...others,
    ...(states.length > 0 ? { state: [...states] } : {}),
    ...(is_overdue ? { due_before: new Date().toISOString() } : {}),
  };
}

export const exceptionsQuery = (search: ExceptionSearch) => {
  const { sort, cursor } = search;
  return queryOptions({
    queryKey: ["exceptions", "list", search],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exceptions", {
          params: { query: { ...asQuery(filtersOf(search)), sort, cursor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** Exceptions in each state: the filter by state does not matter. */
export const exceptionCountsQuery = (wanted: ExceptionFilters) => {
  const filters = { ...wanted, state: undefined };
  return queryOptions({
    queryKey: ["exceptions", "counts", filters],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exceptions/counts", {
          params: { query: { ...asQuery(filters), state: undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** What exceptions have in common. Without a state: those that somebody has to do something about. */
export const groupsQuery = (by: Grouping, state: ExceptionStateName | undefined) =>
  queryOptions({
    queryKey: ["exceptions", "groups", by, state],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exceptions/groups", {
          params: { query: { by, ...(state ? { state: [state] } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Members who may work on exceptions. */
export const assigneesQuery = () =>
  queryOptions({
    queryKey: [...exceptionKeys.all, "assignees"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/exceptions/assignees", { signal })),
    staleTime: MEMBERS_STAY_MS,
  });

/** What is wrong with the records of a page, as they are in these revisions. */
export const faultsQuery = (listed: readonly Chosen[]) => {
  const id = listed.map((one) => one.id).slice(0, MOST_FAULTS);
  return queryOptions({
    queryKey: [...exceptionKeys.all, "faults", listed.map((one) => [one.id, one.revision])],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exceptions/faults", { params: { query: { id } }, signal })),
    enabled: id.length > 0,
    placeholderData: keepPreviousData,
    // Whoever sees personal data leaves a trace: it is not read again without a reason.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
};

/** Where the filtered list is as a file. */
export function exportPath(filters: ExceptionFilters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asQuery(filters))) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return `/api/v1/exceptions/export?${query.toString()}`;
}

export const exceptionQuery = (id: string) =>
  queryOptions({
    queryKey: exceptionKeys.one(id),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/exceptions/{exception_id}", { params: ofException(id), signal })),
    // Whoever sees personal data leaves a trace: it is not read again without a reason.
    refetchOnWindowFocus: false,
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: [...exceptionKeys.one(id), "history"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exceptions/{exception_id}/history", { params: ofException(id), signal })),
  });

export type Chosen = Schema<"ExceptionChoice">;

/** Exceptions as they were seen: whoever changed one meanwhile is not overwritten. */
export function chosenOf(listed: readonly { id: string; revision: number }[]): Chosen[] {
  return listed.map(({ id, revision }) => ({ id, revision }));
}

export const assign = (chosen: Chosen[], assignee_id: string | null) =>
  giveBack(chosen.map((one) => ({ ...one, assignee_id })));

/** Each to its own person: what undoes an assignment. */
export const giveBack = async (items: Assignment[]) =>
  (await answer(api.POST("/api/v1/exceptions/assign", { body: { items } }))).before;

export const changeDue = (items: Chosen[], due_at: string, comment: string) =>
  answer(api.POST("/api/v1/exceptions/due", { body: { items, due_at, comment } }));

export const commentOn = (id: string, text: string) =>
  answer(api.POST("/api/v1/exceptions/{exception_id}/comments", { params: ofException(id), body: { text } }));

export const accept = (items: Chosen[], comment: string) =>
  answer(api.POST("/api/v1/exceptions/accept", { body: { items, comment } }));

export const reject = (items: Chosen[], comment: string) =>
  answer(api.POST("/api/v1/exceptions/reject", { body: { items, comment } }));

export const reopen = (items: Chosen[], comment: string) =>
  answer(api.POST("/api/v1/exceptions/reopen", { body: { items, comment } }));

export const decideAcceptance = (items: Chosen[], is_approved: boolean, comment: string) =>
  answer(api.POST("/api/v1/exceptions/acceptances", { body: { items, is_approved, comment } }));

export const previewAmendments = (items: Chosen[], changes: ChangeForMany[]) =>
  answer(api.POST("/api/v1/exceptions/amend/preview", { body: { items, changes } }));

export const amendMany = (items: Chosen[], changes: ChangeForMany[], reason: string) =>
  answer(api.POST("/api/v1/exceptions/amend", { body: { items, changes, reason } }));

export const amendOne = (id: string, changes: Change[], reason: string, etag: string | null) =>
  answer(
    api.POST("/api/v1/exceptions/{exception_id}/amendments", {
      params: { ...ofException(id), header: ifMatch(etag) },
      body: { changes, reason },
    }),
  );

export type ResubmissionAction = Schema<"ResubmissionAction">;

/** Records into a supplemental run for each run that had set them aside; without an action each as it needs to be. */
export const resubmit = (items: Chosen[], action: ResubmissionAction | null, key: string) =>
  answer(
    api.POST("/api/v1/exceptions/resubmit", {
      params: { header: idempotencyKey(key) },
      body: { items, action },
    }),
  );

export type ExceptionStatistics = Schema<"ExceptionStatisticsAnswer">;

export interface StatisticsSearch {
  report_id?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export const statisticsQuery = (search: StatisticsSearch) =>
  queryOptions({
    queryKey: ["exceptions", "statistics", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exceptions/statistics", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

/** What would become of one record with these changes; nothing is kept. */
export const previewQuery = (found: ExceptionDetail, changes: Change[]) =>
  queryOptions({
    queryKey: [...exceptionKeys.one(found.id), "preview", found.revision, changes],
    queryFn: async () => {
      const items = [{ id: found.id, revision: found.revision }];
      const wanted = changes.map(({ frame, column, new: value }) => ({ frame, column, new: value }));
      return (await previewAmendments(items, wanted)).items[0] ?? null;
    },
    enabled: changes.length > 0,
    retry: false,
  });
