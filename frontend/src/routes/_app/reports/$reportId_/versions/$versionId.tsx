import { createFileRoute } from "@tanstack/react-router";
import { versionQuery } from "@/features/report-versions/api";
import { VersionDetail } from "@/features/report-versions/VersionDetail";
import { searchParams, uuid } from "@/lists/searchParams";

const search = searchParams({ with: uuid });

export const Route = createFileRoute("/_app/reports/$reportId_/versions/$versionId")({
  validateSearch: search,
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(versionQuery(params.reportId, params.versionId)),
  component: VersionDetail,
});
