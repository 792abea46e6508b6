/** The filters of a webhook's log as they stand in the URL, and as the API has them. */
import type { Schema } from "@/api/types";
import { sinceOf, type Within } from "@/features/deliveries/within";

export type WebhookDeliveryStateName = Schema<"WebhookDeliveryState">;
export type AnswerClassName = Schema<"StatusClass">;

export const webhookDeliveryStates = [
  "pending",
  "sending",
  "retrying",
  "delivered",
  "failed",
] as const satisfies readonly WebhookDeliveryStateName[];
export const answerClasses = [
  "2xx",
  "3xx",
  "4xx",
  "5xx",
  "none",
] as const satisfies readonly AnswerClassName[];
export const statsWindows = ["day", "week", "month"] as const satisfies readonly Schema<"StatsWindow">[];

export interface LogSearch {
  state?: WebhookDeliveryStateName | undefined;
  event_type?: string | undefined;
  answer?: AnswerClassName | undefined;
  /** Happened within so much time before now. */
  within?: Within | undefined;
  /** The first and the last day, in the reader's own time zone. */
  from?: string | undefined;
  to?: string | undefined;
  event_id?: string | undefined;
  recovery_id?: string | undefined;
  text?: string | undefined;
  /** The delivery that is shown beside the list. */
  delivery?: string | undefined;
  cursor?: string | undefined;
}

/** When a day began here, so many days later. */
export function startOfDay(day: string, later = 0): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
}

/** The range that is meant: the later of the two beginnings. */
export function rangeOf({ within, from, to }: LogSearch, now?: number): { since?: string; until?: string } {
  const starts = [within && sinceOf(within, now), from && startOfDay(from)].filter(
    (one) => one !== undefined,
  );
  const since = starts.sort().at(-1);
  return { ...(since ? { since } : {}), ...(to ? { until: startOfDay(to, 1) } : {}) };
}

/** The same for the API, which takes several of a kind. */
export function logQuery(search: LogSearch) {
  const { state, event_type, answer, event_id, recovery_id, text, cursor } = search;
  return {
    ...rangeOf(search),
    ...(state ? { state: [state] } : {}),
    ...(event_type ? { event_type: [event_type] } : {}),
    ...(answer ? { answer: [answer] } : {}),
    ...(event_id ? { event_id } : {}),
    ...(recovery_id ? { recovery_id } : {}),
    ...(text ? { text } : {}),
    ...(cursor ? { cursor } : {}),
  };
}
