import { createFileRoute } from "@tanstack/react-router";
import { NewDestination } from "@/features/destinations/NewDestination";

export const Route = createFileRoute("/_app/destinations/new")({ component: NewDestination });
