import { createFileRoute } from "@tanstack/react-router";
import { NewReconciliation } from "@/features/reconciliations/NewReconciliation";

export const Route = createFileRoute("/_app/reconciliations/new")({ component: NewReconciliation });
