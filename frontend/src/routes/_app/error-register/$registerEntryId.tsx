import { createFileRoute } from "@tanstack/react-router";
import { entryQuery } from "@/features/error-register/api";
import { EntryDetail } from "@/features/error-register/EntryDetail";

export const Route = createFileRoute("/_app/error-register/$registerEntryId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(entryQuery(params.registerEntryId)),
  component: EntryDetail,
});
