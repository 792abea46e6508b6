/** Submissions: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Submission = Schema<"SubmissionAnswer">;
export type SubmissionDetail = Schema<"SubmissionDetailAnswer">;
export type SubmissionStateName = Schema<"SubmissionState">;
export type SubmissionHold = Schema<"SubmissionHold">;
export type Rejection = Schema<"RejectionAnswer">;
export type SubmissionEvent = Schema<"SubmissionEventAnswer">;

export const submissionStates = [
  "prepared",
  "approved",
  "sent",
  "acknowledged",
  "accepted",
  "partially_accepted",
  "rejected",
  "corrected",
  "withdrawn",
] as const satisfies readonly SubmissionStateName[];

/** Why a submission does not go out; those that do are not looked for by this. */
export const submissionHolds = ["approval", "duplicate"] as const satisfies readonly SubmissionHold[];

export interface SubmissionSearch {
  q?: string | undefined;
  state?: SubmissionStateName | undefined;
  hold?: (typeof submissionHolds)[number] | undefined;
  report_id?: string | undefined;
  reporting_from?: string | undefined;
  reporting_to?: string | undefined;
  is_late?: true | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 10_000;

export const submissionKeys = {
  all: ["submissions"] as const,
  one: (id: string) => ["submissions", "one", id] as const,
};

/** The API takes several states and holds; a page shows one of each. */
function asQuery({ state, hold, ...others }: SubmissionSearch) {
  return { ...others, ...(state ? { state: [state] } : {}), ...(hold ? { hold: [hold] } : {}) };
}

export const submissionsQuery = (search: SubmissionSearch) =>
  queryOptions({
    queryKey: [...submissionKeys.all, "list", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/submissions", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

/** Submissions in each state: neither the state nor the page matters. */
export const submissionCountsQuery = (search: SubmissionSearch) => {
  const query = asQuery({ ...search, state: undefined, cursor: undefined });
  return queryOptions({
    queryKey: [...submissionKeys.all, "counts", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/submissions/counts", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** What a run tells the regulator; nothing for a report without a regulation pack. */
export const submissionOfRunQuery = (run_id: string) =>
  queryOptions({
    queryKey: [...submissionKeys.all, "of-run", run_id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/submissions", { params: { query: { run_id } }, signal })),
    refetchInterval: POLL_MS,
  });

const named = (id: string) => ({ path: { submission_id: id } });

export const submissionQuery = (id: string) =>
  queryOptions({
    queryKey: submissionKeys.one(id),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/submissions/{submission_id}", { params: named(id), signal })),
    refetchInterval: POLL_MS,
  });

/** By which rules records are rejected; asked again only where the submission has changed. */
export const rejectionsQuery = ({ id, revision }: Pick<Submission, "id" | "revision">) =>
  queryOptions({
    queryKey: [...submissionKeys.one(id), "rejections", revision],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/submissions/{submission_id}/rejections", { params: named(id), signal })),
    placeholderData: keepPreviousData,
  });

export interface Seen {
  id: string;
  /** What was on the screen when it was decided. */
  etag: string | null;
  /** The same for a second try of the same decision. */
  key: string;
}

const headersOf = ({ etag, key }: Seen) => ({ ...ifMatch(etag), ...idempotencyKey(key) });

export const approveSubmission = (seen: Seen, reference: string) =>
  answer(
    api.POST("/api/v1/submissions/{submission_id}/approve", {
      params: named(seen.id),
      headers: headersOf(seen),
      body: { reference },
    }),
  );

export const overrideSubmission = (seen: Seen, reference: string, reason: string) =>
  answer(
    api.POST("/api/v1/submissions/{submission_id}/override", {
      params: named(seen.id),
      headers: headersOf(seen),
      body: { reference, reason },
    }),
  );

export const withdrawSubmission = (seen: Seen, reason: string) =>
  answer(
    api.POST("/api/v1/submissions/{submission_id}/withdraw", {
      params: named(seen.id),
      headers: headersOf(seen),
      body: { reason },
    }),
  );
