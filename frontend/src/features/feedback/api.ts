/** Feedback of regulators: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Feedback = Schema<"FeedbackAnswer">;
export type FeedbackDetail = Schema<"FeedbackDetailAnswer">;
export type FeedbackMessage = Schema<"FeedbackMessageAnswer">;
export type FeedbackState = Schema<"FeedbackState">;
export type AdviceState = Schema<"AdviceState">;
export type RecordAdvice = Schema<"RecordAdviceAnswer">;
export type RegulatorRule = Schema<"RegulatorRuleAnswer">;

export const feedbackStates = [
  "received",
  "parsing",
  "applied",
  "unmatched",
  "contradictory",
  "refused",
] as const satisfies readonly FeedbackState[];

export const advicePages = ["rejected", "pending", "orphans", "all"] as const;
export type AdvicePage = (typeof advicePages)[number];

export interface FeedbackSearch {
  q?: string | undefined;
  state?: FeedbackState | undefined;
  submission_id?: string | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 5_000;
const UNDER_WAY: ReadonlySet<FeedbackState> = new Set<FeedbackState>(["received", "parsing"]);

export const isUnderWay = (state: FeedbackState) => UNDER_WAY.has(state);
export const isRepeatable = (state: FeedbackState) => !isUnderWay(state) && state !== "applied";

export const feedbackKeys = {
  all: ["feedback"] as const,
  one: (id: string) => ["feedback", "one", id] as const,
};

const ofFeedback = (id: string) => ({ path: { feedback_id: id } });

export const feedbackListQuery = ({ state, ...others }: FeedbackSearch) =>
  queryOptions({
    queryKey: [...feedbackKeys.all, "list", { state, ...others }],
    queryFn: ({ signal }) => {
      const query = { ...others, ...(state ? { state: [state] } : {}) };
      return answer(api.GET("/api/v1/feedback", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

export const feedbackQuery = (id: string) =>
  queryOptions({
    queryKey: feedbackKeys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/feedback/{feedback_id}", { params: ofFeedback(id), signal })),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data.state) ? POLL_MS : false),
  });

export const advicesQuery = (id: string, shown: AdvicePage, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...feedbackKeys.one(id), "advices", shown, cursor],
    queryFn: ({ signal }) => {
      const states: AdviceState[] = shown === "rejected" || shown === "pending" ? [shown] : [];
      const query = { state: states, orphans: shown === "orphans", cursor };
      return answer(
        api.GET("/api/v1/feedback/{feedback_id}/advices", { params: { ...ofFeedback(id), query }, signal }),
      );
    },
    placeholderData: keepPreviousData,
  });

export const uploadFeedback = (file: File, destinationId: string | null, key: string) =>
  answer(
    api.POST("/api/v1/feedback", {
      // The types know a file in a form as a text.
      body: { file: file.name },
      bodySerializer: () => {
        const form = new FormData();
        form.append("file", file);
        if (destinationId) form.append("destination_id", destinationId);
        return form;
      },
      headers: idempotencyKey(key),
    }),
  );

export const retryFeedback = (id: string) =>
  answer(api.POST("/api/v1/feedback/{feedback_id}/retry", { params: ofFeedback(id) }));

export const cancelFeedback = (id: string) =>
  answer(api.POST("/api/v1/feedback/{feedback_id}/cancel", { params: ofFeedback(id) }));

export const assignFeedback = (id: string, submissionId: string, reason: string) =>
  answer(
    api.POST("/api/v1/feedback/{feedback_id}/assign", {
      params: ofFeedback(id),
      body: { submission_id: submissionId, reason },
    }),
  );
