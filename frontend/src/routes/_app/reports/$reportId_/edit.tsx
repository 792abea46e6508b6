import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { EditorPage } from "@/features/report-editor/EditorPage";
import { editorSteps, fieldFilters } from "@/features/report-editor/steps";

const text = z.string().max(100).optional().catch(undefined);

export const Route = createFileRoute("/_app/reports/$reportId_/edit")({
  validateSearch: z.object({
    step: z.enum(editorSteps).optional().catch(undefined),
    field: text,
    show: z.enum(fieldFilters).optional().catch(undefined),
    q: text,
    date: z.iso.date().optional().catch(undefined),
  }),
  component: EditorPage,
});
