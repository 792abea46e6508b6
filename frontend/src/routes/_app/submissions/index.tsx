import { createFileRoute } from "@tanstack/react-router";
import {
  submissionCountsQuery,
  submissionHolds,
  submissionsQuery,
  submissionStates,
} from "@/features/submissions/api";
import { SubmissionList } from "@/features/submissions/SubmissionList";
import { date, oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(120),
  state: oneOf(submissionStates),
  hold: oneOf(submissionHolds),
  report_id: uuid,
  reporting_from: date,
  reporting_to: date,
  is_late: oneOf([true]),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/submissions/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(submissionsQuery(deps));
    void context.queries.prefetchQuery(submissionCountsQuery(deps));
  },
  component: SubmissionList,
});
