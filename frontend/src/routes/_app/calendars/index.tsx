import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { calendarsQuery } from "@/features/calendars/api";
import { CalendarList } from "@/features/calendars/CalendarList";

export const Route = createFileRoute("/_app/calendars/")({
  validateSearch: z.object({ cursor: z.string().max(200).optional().catch(undefined) }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(calendarsQuery(deps)),
  component: CalendarList,
});
