import { createFileRoute } from "@tanstack/react-router";
import { obligationsQuery, obligationStates } from "@/features/deadlines/api";
import { DeadlineBoard } from "@/features/deadlines/DeadlineBoard";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({ cursor: text(300), state: oneOf(obligationStates), report_id: uuid });

export const Route = createFileRoute("/_app/deadlines/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(obligationsQuery(deps)),
  component: DeadlineBoard,
});
