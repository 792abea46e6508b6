import { createFileRoute } from "@tanstack/react-router";
import { approvalsQuery } from "@/features/approvals/api";
import { ApprovalList } from "@/features/approvals/ApprovalList";
import { waitingStates } from "@/features/approvals/keys";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  state: oneOf(waitingStates),
  cursor: text(100),
});

export const Route = createFileRoute("/_app/approvals/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(approvalsQuery(deps)),
  component: ApprovalList,
});
