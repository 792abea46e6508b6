import { createFileRoute } from "@tanstack/react-router";
import { officialListsQuery } from "@/features/official-texts/api";
import { ListsPage } from "@/features/official-texts/ListsPage";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ pack_id: text(60), cursor: text(100) });

export const Route = createFileRoute("/_app/official-texts/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(officialListsQuery(deps)),
  component: ListsPage,
});
