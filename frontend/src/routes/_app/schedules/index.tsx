import { createFileRoute } from "@tanstack/react-router";
import { schedulesQuery } from "@/features/schedules/api";
import { ScheduleList } from "@/features/schedules/ScheduleList";
import { searchParams, text } from "@/lists/searchParams";

const search = searchParams({ cursor: text(200) });

export const Route = createFileRoute("/_app/schedules/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(schedulesQuery(deps)),
  component: ScheduleList,
});
