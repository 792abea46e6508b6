/** The dashboard: one answer with everything, in which parts that one may not see are null. */
import { answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Dashboard = Schema<"DashboardAnswer">;
export type RunsAtAGlance = Schema<"RunsAtAGlanceAnswer">;
export type ReportDays = Schema<"ReportDaysAnswer">;

const POLL_MS = 30_000;

export const dashboardQuery = () =>
  queryOptions({
    queryKey: ["dashboard"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/dashboard", { signal })),
    refetchInterval: POLL_MS,
  });
