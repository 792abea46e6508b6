import { createFileRoute } from "@tanstack/react-router";
import { heldCountsQuery, heldRecordsQuery, heldStates } from "@/features/held-records/api";
import { HeldRecordList } from "@/features/held-records/HeldRecordList";
import { oneOf, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  state: oneOf(heldStates),
  report_id: uuid,
  run_id: uuid,
  code: text(40),
  cursor: text(200),
});

export const Route = createFileRoute("/_app/held-records/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(heldRecordsQuery(deps));
    void context.queries.prefetchQuery(heldCountsQuery(deps));
  },
  component: HeldRecordList,
});
