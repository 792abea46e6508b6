/** Webhooks: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { logQuery, type LogSearch } from "./logSearch";

export type Webhook = Schema<"WebhookAnswer">;
export type WebhookChanges = Schema<"WebhookChange">;
export type WebhookRecovery = Schema<"RecoveryAnswer">;
export type WebhookStats = Schema<"WebhookStatsAnswer">;
export type WebhookDelivery = Schema<"WebhookDeliveryAnswer">;
export type EventType = Schema<"EventTypeAnswer">;

const POLL_MS = 5000;
const RECOVERY_POLL_MS = 2000;

export const webhookKeys = {
  all: ["webhooks"] as const,
  one: (id: string) => ["webhooks", "one", id] as const,
};

const ofWebhook = (id: string) => ({ path: { webhook_id: id } });
const ofDelivery = (id: string, deliveryId: string) => ({
  path: { webhook_id: id, delivery_id: deliveryId },
});

export const webhooksQuery = (search: { cursor?: string | undefined }) =>
  queryOptions({
    queryKey: ["webhooks", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/webhooks", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: webhookKeys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/webhooks/{webhook_id}", { params: ofWebhook(id), signal })),
    // How its endpoint fares changes by itself.
    refetchInterval: POLL_MS,
  });

export const webhookDeliveriesQuery = (id: string, search: LogSearch) => {
  const listed = { ...search, delivery: undefined };
  return queryOptions({
    queryKey: [...webhookKeys.one(id), "deliveries", listed],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/deliveries", {
          params: { ...ofWebhook(id), query: logQuery(listed) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

/** Deliveries in each state: neither the state nor the page matters. */
export const webhookDeliveryCountsQuery = (id: string, search: LogSearch) => {
  const others = { ...search, state: undefined, cursor: undefined, delivery: undefined };
  return queryOptions({
    queryKey: [...webhookKeys.one(id), "counts", others],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/deliveries/counts", {
          params: { ...ofWebhook(id), query: logQuery(others) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
};

export const webhookStatsQuery = (id: string, window: Schema<"StatsWindow">) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "stats", window],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/stats", {
          params: { ...ofWebhook(id), query: { window } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

export const recoveriesQuery = (id: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "recoveries", cursor],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/recoveries", {
          params: { ...ofWebhook(id), query: cursor ? { cursor } : {} },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: RECOVERY_POLL_MS,
  });

const ofRecovery = (id: string, recoveryId: string) => ({
  path: { webhook_id: id, recovery_id: recoveryId },
});

export const recoveryQuery = (id: string, recoveryId: string) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "recovery", recoveryId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/recoveries/{recovery_id}", {
          params: ofRecovery(id, recoveryId),
          signal,
        }),
      ),
    refetchInterval: RECOVERY_POLL_MS,
  });

export const startRecovery = (id: string, body: Schema<"RecoveryCreate">, key: string) =>
  answer(
    api.POST("/api/v1/webhooks/{webhook_id}/recoveries", {
      params: ofWebhook(id),
      body,
      headers: idempotencyKey(key),
    }),
  );

export const cancelRecovery = (id: string, recoveryId: string) =>
  answer(
    api.POST("/api/v1/webhooks/{webhook_id}/recoveries/{recovery_id}/cancel", {
      params: ofRecovery(id, recoveryId),
    }),
  );

/** With its ETag, for a change. */
export const taggedWebhookQuery = (id: string) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "tagged"],
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/webhooks/{webhook_id}", { params: ofWebhook(id), signal })),
  });

export const changeWebhook = (id: string, changes: WebhookChanges, etag: string | null) =>
  answer(
    api.PATCH("/api/v1/webhooks/{webhook_id}", {
      params: ofWebhook(id),
      body: changes,
      headers: ifMatch(etag),
    }),
  );

export const makeKeyPair = (id: string) =>
  answer(api.PUT("/api/v1/webhooks/{webhook_id}/key-pair", { params: ofWebhook(id) }));

export const dropKeyPair = (id: string) =>
  answer(api.DELETE("/api/v1/webhooks/{webhook_id}/key-pair", { params: ofWebhook(id) }));

export const eventTypesQuery = () =>
  queryOptions({
    queryKey: ["webhooks", "event-types"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/webhooks/event-types", { signal })),
    staleTime: Infinity,
  });

export const webhookDeliveryQuery = (id: string, deliveryId: string) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "delivery", deliveryId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}", {
          params: ofDelivery(id, deliveryId),
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
  });

export const pingWebhook = (id: string) =>
  answer(api.POST("/api/v1/webhooks/{webhook_id}/ping", { params: ofWebhook(id) }));

export const resendDelivery = (id: string, deliveryId: string) =>
  answer(
    api.POST("/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/resend", {
      params: ofDelivery(id, deliveryId),
    }),
  );

export const switchWebhookOn = (id: string) =>
  answer(api.POST("/api/v1/webhooks/{webhook_id}/switch-on", { params: ofWebhook(id) }));

export const rotateSecret = (id: string, overlapHours: number) =>
  answer(
    api.POST("/api/v1/webhooks/{webhook_id}/rotate-secret", {
      params: ofWebhook(id),
      body: { overlap_hours: overlapHours },
    }),
  );

export const revokeFormerSecrets = (id: string) =>
  answer(api.POST("/api/v1/webhooks/{webhook_id}/revoke-former-secrets", { params: ofWebhook(id) }));

export const createWebhook = (body: Schema<"WebhookCreate">) =>
  answer(api.POST("/api/v1/webhooks", { body }));

export const disableWebhook = (id: string) =>
  answer(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: ofWebhook(id) }));
