import { createFileRoute } from "@tanstack/react-router";
import { scheduleQuery } from "@/features/schedules/api";
import { ScheduleDetail } from "@/features/schedules/ScheduleDetail";

export const Route = createFileRoute("/_app/schedules/$scheduleId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(scheduleQuery(params.scheduleId)),
  component: ScheduleDetail,
});
