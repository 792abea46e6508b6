import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { datasetsQuery } from "@/features/datasets/api";
import { DatasetList } from "@/features/datasets/DatasetList";

export const Route = createFileRoute("/_app/datasets/")({
  validateSearch: z.object({
    q: z.string().max(200).optional().catch(undefined),
    cursor: z.string().max(200).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(datasetsQuery("datasets", deps)),
  component: () => <DatasetList noun="datasets" />,
});
