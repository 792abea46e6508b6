import { createFileRoute } from "@tanstack/react-router";
import { VersionList } from "@/features/report-versions/VersionList";

export const Route = createFileRoute("/_app/reports/$reportId/versions/")({ component: VersionList });
