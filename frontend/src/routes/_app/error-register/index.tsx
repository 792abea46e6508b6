import { createFileRoute } from "@tanstack/react-router";
import {
  entriesQuery,
  entryCountsQuery,
  entryKinds,
  entryStates,
  foundBy,
  rootCauses,
} from "@/features/error-register/api";
import { EntryList } from "@/features/error-register/EntryList";
import { date, oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(120),
  state: oneOf(entryStates),
  kind: oneOf(entryKinds),
  root_cause: oneOf(rootCauses),
  found_by: oneOf(foundBy),
  report_id: uuid,
  discovered_from: date,
  discovered_to: date,
  is_overdue: oneOf([true]),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/error-register/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(entriesQuery(deps));
    void context.queries.prefetchQuery(entryCountsQuery(deps));
  },
  component: EntryList,
});
