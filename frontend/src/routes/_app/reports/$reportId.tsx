import { createFileRoute } from "@tanstack/react-router";
import { reportQuery } from "@/features/reports/api";
import { ReportFrame } from "@/features/reports/ReportFrame";

export const Route = createFileRoute("/_app/reports/$reportId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(reportQuery(params.reportId)),
  component: ReportFrame,
});
