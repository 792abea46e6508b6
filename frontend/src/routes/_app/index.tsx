import { createFileRoute } from "@tanstack/react-router";
import { dashboardQuery } from "@/features/dashboard/api";
import { DashboardPage } from "@/features/dashboard/DashboardPage";

export const Route = createFileRoute("/_app/")({
  loader: ({ context }) => void context.queries.prefetchQuery(dashboardQuery()),
  component: DashboardPage,
});
