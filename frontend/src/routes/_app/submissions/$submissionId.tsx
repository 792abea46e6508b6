import { createFileRoute } from "@tanstack/react-router";
import { submissionQuery } from "@/features/submissions/api";
import { SubmissionDetail } from "@/features/submissions/SubmissionDetail";

export const Route = createFileRoute("/_app/submissions/$submissionId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(submissionQuery(params.submissionId)),
  component: SubmissionDetail,
});
