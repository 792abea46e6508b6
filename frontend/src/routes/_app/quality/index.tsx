import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { reportQualityQuery } from "@/features/quality/api";
import { QualityPage } from "@/features/quality/QualityPage";

const search = z.object({
  report: z.uuid().optional().catch(undefined),
  first: z.iso.date().optional().catch(undefined),
  last: z.iso.date().optional().catch(undefined),
  view: z.literal("table").optional().catch(undefined),
});

export const Route = createFileRoute("/_app/quality/")({
  validateSearch: search,
  loader: ({ context }) => void context.queries.prefetchQuery(reportQualityQuery()),
  component: QualityPage,
});
