import { createFileRoute } from "@tanstack/react-router";
import { NewRolePage } from "@/features/roles/NewRolePage";

export const Route = createFileRoute("/_app/roles/new")({ component: NewRolePage });
