import { createFileRoute } from "@tanstack/react-router";
import { formatQuery } from "@/features/feedback-formats/api";
import { FeedbackFormatPage } from "@/features/feedback-formats/FeedbackFormatPage";

export const Route = createFileRoute("/_app/destinations/$destinationId_/feedback-format")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(formatQuery(params.destinationId)),
  component: FeedbackFormatPage,
});
