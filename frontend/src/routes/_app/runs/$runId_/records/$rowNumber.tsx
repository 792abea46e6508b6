import { createFileRoute } from "@tanstack/react-router";
import { RecordLineage } from "@/features/lineage/RecordLineage";
import { oneOf, searchParams } from "@/lists/searchParams";

const search = searchParams({
  view: oneOf(["path", "table"]),
  fields: oneOf(["all"]),
});

export const Route = createFileRoute("/_app/runs/$runId_/records/$rowNumber")({
  validateSearch: search,
  component: RecordLineage,
});
