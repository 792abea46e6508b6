import { createFileRoute } from "@tanstack/react-router";
import { reportQualityQuery } from "@/features/quality/api";
import { QualityPage } from "@/features/quality/QualityPage";
import { date, oneOf, searchParams, uuid } from "@/lists/searchParams";

const search = searchParams({
  report: uuid,
  first: date,
  last: date,
  view: oneOf(["table"]),
});

export const Route = createFileRoute("/_app/quality/")({
  validateSearch: search,
  loader: ({ context }) => void context.queries.prefetchQuery(reportQualityQuery()),
  component: QualityPage,
});
