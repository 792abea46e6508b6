import { createFileRoute } from "@tanstack/react-router";
import { officialListQuery, textChanges } from "@/features/official-texts/api";
import { ListDetail } from "@/features/official-texts/ListDetail";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({ change: oneOf(textChanges), cursor: text(400) });

export const Route = createFileRoute("/_app/official-texts/$listId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(officialListQuery(params.listId)),
  component: ListDetail,
});
