/** Destinations: what is asked of the API, and how the answers are kept. */
import { answer, idempotencyKey } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Destination = Schema<"DestinationAnswer">;
export type DestinationTest = Schema<"DestinationTestAnswer">;

export const destinationKeys = {
  all: ["destinations"] as const,
  one: (id: string) => ["destinations", "one", id] as const,
};

const ofDestination = (id: string) => ({ path: { destination_id: id } });

export const destinationsQuery = (search: { cursor?: string | undefined }) =>
  queryOptions({
    queryKey: ["destinations", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/destinations", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: destinationKeys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/destinations/{destination_id}", { params: ofDestination(id), signal })),
  });

export const createDestination = (body: Schema<"DestinationCreate">, key: string) =>
  answer(api.POST("/api/v1/destinations", { body, headers: idempotencyKey(key) }));

export const confirmHostKey = (id: string, fingerprint: string) =>
  answer(
    api.POST("/api/v1/destinations/{destination_id}/host-key", {
      params: ofDestination(id),
      body: { fingerprint },
    }),
  );

export const testDestination = (id: string) =>
  answer(api.POST("/api/v1/destinations/{destination_id}/test", { params: ofDestination(id) }));

export const testDestinationSettings = (body: Schema<"DestinationTrial">) =>
  answer(api.POST("/api/v1/destinations/test", { body }));
