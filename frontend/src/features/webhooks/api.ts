/** Webhooks: what is asked of the API, and how the answers are kept. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Webhook = Schema<"WebhookAnswer">;
export type WebhookDelivery = Schema<"WebhookDeliveryAnswer">;
export type EventType = Schema<"EventTypeAnswer">;

const POLL_MS = 5000;

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
  });

export const webhookDeliveriesQuery = (id: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...webhookKeys.one(id), "deliveries", cursor],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/deliveries", {
          params: { ...ofWebhook(id), query: { cursor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

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

export const changeWebhookAccess = (id: string, access: NonNullable<Schema<"WebhookChange">["access"]>) =>
  answer(api.PATCH("/api/v1/webhooks/{webhook_id}", { params: ofWebhook(id), body: { access } }));

export const disableWebhook = (id: string) =>
  answer(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: ofWebhook(id) }));
