import { createFileRoute } from "@tanstack/react-router";
import { datasetQuery } from "@/features/datasets/api";
import { DatasetDetail } from "@/features/datasets/DatasetDetail";
import { oneOf, searchParams } from "@/lists/searchParams";

const search = searchParams({ tab: oneOf(["versions"]) });

export const Route = createFileRoute("/_app/datasets/$datasetId")({
  validateSearch: search,
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(datasetQuery("datasets", params.datasetId)),
  component: () => <DatasetDetail noun="datasets" />,
});
