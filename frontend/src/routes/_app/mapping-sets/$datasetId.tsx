import { createFileRoute } from "@tanstack/react-router";
import { datasetQuery } from "@/features/datasets/api";
import { DatasetDetail } from "@/features/datasets/DatasetDetail";
import { oneOf, searchParams } from "@/lists/searchParams";

const search = searchParams({ tab: oneOf(["versions"]) });

export const Route = createFileRoute("/_app/mapping-sets/$datasetId")({
  validateSearch: search,
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(datasetQuery("mapping-sets", params.datasetId)),
  component: () => <DatasetDetail noun="mapping-sets" />,
});
