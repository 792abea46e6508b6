/** Destinations: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import type { Shown } from "./identities";

export type Destination = Schema<"DestinationAnswer">;
export type DestinationKind = Schema<"DestinationKindAnswer">;
export type DestinationKindName = Schema<"TransferKind">;
export type DestinationEnvironment = Schema<"DestinationEnvironment">;
export type DestinationTest = Schema<"DestinationTestAnswer">;
export type DeliveryPolicy = Schema<"DeliveryPolicy">;

const POLL_MS = 10_000;
/** How many can be chosen from in a filter. */
const MOST_CHOICES = 200;

export const destinationKeys = {
  all: ["destinations"] as const,
  one: (id: string) => ["destinations", "one", id] as const,
};

const ofDestination = (id: string) => ({ path: { destination_id: id } });

export const destinationsQuery = (search: { cursor?: string | undefined; limit?: number | undefined }) =>
  queryOptions({
    queryKey: ["destinations", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/destinations", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

/** Those a filter offers. */
export const allDestinationsQuery = () =>
  queryOptions({
    queryKey: ["destinations", "choices"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/destinations", { params: { query: { limit: MOST_CHOICES } }, signal })),
  });

export const destinationKindsQuery = () =>
  queryOptions({
    queryKey: ["destinations", "kinds"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/destinations/kinds", { signal })),
    staleTime: Infinity,
  });

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: destinationKeys.one(id),
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/destinations/{destination_id}", { params: ofDestination(id), signal })),
    refetchInterval: POLL_MS,
  });

export const createDestination = (body: Schema<"DestinationCreate">, key: string) =>
  answer(api.POST("/api/v1/destinations", { body, headers: idempotencyKey(key) }));

export const changeDestination = (id: string, body: Schema<"DestinationChange">, etag: string | null) =>
  answer(
    api.PATCH("/api/v1/destinations/{destination_id}", {
      params: ofDestination(id),
      body,
      headers: ifMatch(etag),
    }),
  );

export const removeDestination = (id: string) =>
  answer(api.DELETE("/api/v1/destinations/{destination_id}", { params: ofDestination(id) }));

export const pauseDestination = (id: string, reason: string) =>
  answer(
    api.POST("/api/v1/destinations/{destination_id}/pause", { params: ofDestination(id), body: { reason } }),
  );

export const resumeDestination = (id: string, reason: string) =>
  answer(
    api.POST("/api/v1/destinations/{destination_id}/resume", { params: ofDestination(id), body: { reason } }),
  );

/** What the server shows is trusted. A reason is needed where another one was confirmed before. */
export function confirmIdentity(id: string, { identity, fingerprint }: Shown, reason?: string) {
  const request = { params: ofDestination(id), body: { fingerprint, ...(reason ? { reason } : {}) } };
  return identity === "host_key"
    ? answer(api.POST("/api/v1/destinations/{destination_id}/host-key", request))
    : answer(api.POST("/api/v1/destinations/{destination_id}/certificate", request));
}

export const testDestination = (id: string) =>
  answer(api.POST("/api/v1/destinations/{destination_id}/test", { params: ofDestination(id) }));

export const testDestinationSettings = (body: Schema<"DestinationTrial">) =>
  answer(api.POST("/api/v1/destinations/test", { body }));
