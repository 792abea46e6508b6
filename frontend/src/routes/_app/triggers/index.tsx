import { createFileRoute } from "@tanstack/react-router";
import { triggersQuery } from "@/features/triggers/api";
import { TriggerList } from "@/features/triggers/TriggerList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/triggers/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(triggersQuery(deps)),
  component: TriggerList,
});
