import { createFileRoute } from "@tanstack/react-router";
import { publicationsQuery } from "@/features/publications/api";
import { publicationKinds } from "@/features/publications/kinds";
import { PublicationList } from "@/features/publications/PublicationList";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  kind: oneOf(publicationKinds),
  is_published: oneOf([true, false]),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/publications/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(publicationsQuery(deps)),
  component: PublicationList,
});
