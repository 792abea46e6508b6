import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { versionQuery } from "@/features/report-versions/api";
import { VersionDetail } from "@/features/report-versions/VersionDetail";

export const Route = createFileRoute("/_app/reports/$reportId_/versions/$versionId")({
  validateSearch: z.object({ with: z.uuid().optional().catch(undefined) }),
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(versionQuery(params.reportId, params.versionId)),
  component: VersionDetail,
});
