import { createFileRoute } from "@tanstack/react-router";
import { reportsQuery } from "@/features/reports/api";
import { ReportList } from "@/features/reports/ReportList";
import { versionStates } from "@/features/reports/versionStates";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const words = text(200);
const orders = ["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] as const;

const search = searchParams({
  q: words,
  state: oneOf(versionStates),
  pack_id: words,
  owner_id: uuid,
  tag: words,
  is_archived: oneOf([true]),
  sort: oneOf(orders),
  cursor: text(500),
});

export const Route = createFileRoute("/_app/reports/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(reportsQuery(deps)),
  component: ReportList,
});
