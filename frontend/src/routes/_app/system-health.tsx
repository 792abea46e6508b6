import { createFileRoute } from "@tanstack/react-router";
import { healthQuery } from "@/features/health/api";
import { HealthPage } from "@/features/health/HealthPage";

export const Route = createFileRoute("/_app/system-health")({
  loader: ({ context }) => void context.queries.prefetchQuery(healthQuery()),
  component: HealthPage,
});
