import { createFileRoute } from "@tanstack/react-router";
import { ReportSettings } from "@/features/reports/ReportSettings";

export const Route = createFileRoute("/_app/reports/$reportId/settings")({ component: ReportSettings });
