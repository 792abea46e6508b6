import { createFileRoute } from "@tanstack/react-router";
import { feedbackQuery } from "@/features/feedback/api";
import { FeedbackPage } from "@/features/feedback/FeedbackPage";

export const Route = createFileRoute("/_app/feedback/$feedbackId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(feedbackQuery(params.feedbackId)),
  component: FeedbackPage,
});
