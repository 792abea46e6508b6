import { createFileRoute } from "@tanstack/react-router";
import { NewPlan } from "@/features/plans/NewPlan";

export const Route = createFileRoute("/_app/plans/new")({ component: NewPlan });
