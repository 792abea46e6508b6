import { createFileRoute } from "@tanstack/react-router";
import { NewSchedule } from "@/features/schedules/ScheduleForm";

export const Route = createFileRoute("/_app/schedules/new")({ component: NewSchedule });
