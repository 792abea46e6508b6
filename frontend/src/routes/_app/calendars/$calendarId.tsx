import { createFileRoute } from "@tanstack/react-router";
import { calendarQuery } from "@/features/calendars/api";
import { CalendarDetail } from "@/features/calendars/CalendarDetail";

export const Route = createFileRoute("/_app/calendars/$calendarId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(calendarQuery(params.calendarId)),
  component: CalendarDetail,
});
