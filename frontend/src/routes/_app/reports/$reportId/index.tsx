import { createFileRoute } from "@tanstack/react-router";
import { ReportOverview } from "@/features/reports/ReportOverview";

export const Route = createFileRoute("/_app/reports/$reportId/")({ component: ReportOverview });
