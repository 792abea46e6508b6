import { createFileRoute } from "@tanstack/react-router";
import { NewTrigger } from "@/features/triggers/TriggerForm";

export const Route = createFileRoute("/_app/triggers/new")({ component: NewTrigger });
