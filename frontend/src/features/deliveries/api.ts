/** Deliveries: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { sinceOf, type Within } from "./within";

export type Delivery = Schema<"DeliveryAnswer">;
export type DeliveryRow = Schema<"DeliveryRowAnswer">;
export type DeliveryAttempt = Schema<"DeliveryAttemptAnswer">;
export type DeliveryStateName = Schema<"DeliveryState">;

export interface DeliverySearch {
  state?: DeliveryStateName | undefined;
  destination_id?: string | undefined;
  report_id?: string | undefined;
  run_id?: string | undefined;
  reporting_from?: string | undefined;
  reporting_to?: string | undefined;
  /** Put into the line within so much time before now. */
  within?: Within | undefined;
  cursor?: string | undefined;
}

const POLL_MS = 5_000;
/** What a worker has in hand is looked at more often: its progress is shown. */
const SENDING_POLL_MS = 1_000;
const ON_THEIR_WAY: readonly DeliveryStateName[] = ["pending", "sending", "retrying"];

export const deliveryKeys = {
  all: ["deliveries"] as const,
  one: (id: string) => ["deliveries", "one", id] as const,
};

/** The API takes several states, and a moment: what is within a time depends on when it is asked. */
function asQuery({ state, within, ...others }: DeliverySearch) {
  return { ...others, ...(state ? { state: [state] } : {}), ...(within ? { since: sinceOf(within) } : {}) };
}

export const deliveriesQuery = (search: DeliverySearch) =>
  queryOptions({
    queryKey: [...deliveryKeys.all, "list", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/deliveries", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

/** Deliveries in each state: neither the state nor the page matters. */
export const deliveryCountsQuery = (search: DeliverySearch) => {
  const others = { ...search, state: undefined, cursor: undefined };
  return queryOptions({
    queryKey: [...deliveryKeys.all, "counts", others],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/deliveries/counts", { params: { query: asQuery(others) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

const named = (id: string) => ({ path: { delivery_id: id } });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: deliveryKeys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/deliveries/{delivery_id}", { params: named(id), signal })),
    refetchInterval: ({ state }) => {
      const now = state.data?.state;
      if (now === "sending") return SENDING_POLL_MS;
      return now !== undefined && ON_THEIR_WAY.includes(now) ? POLL_MS : false;
    },
  });

export const pauseDelivery = (id: string) =>
  answer(api.POST("/api/v1/deliveries/{delivery_id}/pause", { params: named(id) }));

export const resumeDelivery = (id: string) =>
  answer(api.POST("/api/v1/deliveries/{delivery_id}/resume", { params: named(id) }));

export const retryDelivery = (id: string) =>
  answer(api.POST("/api/v1/deliveries/{delivery_id}/retry", { params: named(id) }));

export const cancelDelivery = (id: string, reason: string) =>
  answer(api.POST("/api/v1/deliveries/{delivery_id}/cancel", { params: named(id), body: { reason } }));

export const redeliver = (id: string, reason: string, key: string) =>
  answer(
    api.POST("/api/v1/deliveries/{delivery_id}/redeliver", {
      params: named(id),
      body: { reason },
      headers: idempotencyKey(key),
    }),
  );
