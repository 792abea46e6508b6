import { createFileRoute } from "@tanstack/react-router";
import { publicationQuery } from "@/features/publications/api";
import { PublicationPage } from "@/features/publications/PublicationPage";

export const Route = createFileRoute("/_app/publications/$publicationId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(publicationQuery(params.publicationId)),
  component: PublicationPage,
});
