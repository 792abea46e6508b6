import { createFileRoute } from "@tanstack/react-router";
import { calendarsQuery } from "@/features/calendars/api";
import { CalendarList } from "@/features/calendars/CalendarList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/calendars/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(calendarsQuery(deps)),
  component: CalendarList,
});
