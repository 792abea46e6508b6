/** The health of the installation. */
import { answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type HealthCheck = Schema<"SystemHealthAnswer">["checks"][number];
export type HealthState = Schema<"SystemHealthAnswer">["state"];

const POLL_MS = 15_000;

export const healthQuery = () =>
  queryOptions({
    queryKey: ["system", "health"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/system/health", { signal })),
    refetchInterval: POLL_MS,
  });
