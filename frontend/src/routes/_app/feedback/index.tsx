import { createFileRoute } from "@tanstack/react-router";
import { feedbackListQuery, feedbackStates } from "@/features/feedback/api";
import { FeedbackList } from "@/features/feedback/FeedbackList";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(feedbackStates),
  submission_id: uuid,
  cursor: text(200),
});

export const Route = createFileRoute("/_app/feedback/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(feedbackListQuery(deps)),
  component: FeedbackList,
});
