import { createFileRoute } from "@tanstack/react-router";
import { statisticsQuery } from "@/features/exceptions/api";
import { StatisticsPage } from "@/features/exceptions/StatisticsPage";
import { date, searchParams, uuid } from "@/lists/searchParams";

const search = searchParams({
  report_id: uuid,
  since: date,
  until: date,
});

export const Route = createFileRoute("/_app/exceptions/statistics")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(statisticsQuery(deps)),
  component: StatisticsPage,
});
