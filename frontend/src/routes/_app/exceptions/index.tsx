import { createFileRoute } from "@tanstack/react-router";
import {
  exceptionCountsQuery,
  exceptionsQuery,
  filtersOf,
  GROUPINGS,
  ORIGINS,
} from "@/features/exceptions/api";
import { ExceptionList } from "@/features/exceptions/ExceptionList";
import { EXCEPTION_STATES } from "@/features/exceptions/states";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(EXCEPTION_STATES),
  report_id: uuid,
  run_id: uuid,
  rule_id: text(60),
  origin: oneOf(ORIGINS),
  entity: text(100),
  assignee_id: uuid,
  is_assigned: oneOf([false]),
  is_proposed: oneOf([true]),
  is_repeat: oneOf([true]),
  is_overdue: oneOf([true]),
  group: oneOf(GROUPINGS),
  sort: oneOf(["created_at", "-created_at", "due_at", "-due_at"]),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/exceptions/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(exceptionsQuery(deps));
    void context.queries.prefetchQuery(exceptionCountsQuery(filtersOf(deps)));
  },
  component: ExceptionList,
});
