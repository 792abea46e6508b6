import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { datasetQuery } from "@/features/datasets/api";
import { DatasetDetail } from "@/features/datasets/DatasetDetail";

export const Route = createFileRoute("/_app/mapping-sets/$datasetId")({
  validateSearch: z.object({ tab: z.enum(["versions"]).optional().catch(undefined) }),
  loader: ({ context, params }) =>
    void context.queries.prefetchQuery(datasetQuery("mapping-sets", params.datasetId)),
  component: () => <DatasetDetail noun="mapping-sets" />,
});
