import { createFileRoute } from "@tanstack/react-router";
import { ImportWizard } from "@/features/official-texts/ImportWizard";

export const Route = createFileRoute("/_app/official-texts/import")({ component: ImportWizard });
