import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { statisticsQuery } from "@/features/exceptions/api";
import { StatisticsPage } from "@/features/exceptions/StatisticsPage";

const search = z.object({
  report_id: z.uuid().optional().catch(undefined),
  since: z.iso.date().optional().catch(undefined),
  until: z.iso.date().optional().catch(undefined),
});

export const Route = createFileRoute("/_app/exceptions/statistics")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(statisticsQuery(deps)),
  component: StatisticsPage,
});
