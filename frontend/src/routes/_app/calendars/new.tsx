import { createFileRoute } from "@tanstack/react-router";
import { NewCalendar } from "@/features/calendars/NewCalendar";

export const Route = createFileRoute("/_app/calendars/new")({ component: NewCalendar });
