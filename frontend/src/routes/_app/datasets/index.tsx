import { createFileRoute } from "@tanstack/react-router";
import { datasetsQuery } from "@/features/datasets/api";
import { DatasetList } from "@/features/datasets/DatasetList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/datasets/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(datasetsQuery("datasets", deps)),
  component: () => <DatasetList noun="datasets" />,
});
