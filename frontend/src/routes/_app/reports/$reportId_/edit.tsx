import { createFileRoute } from "@tanstack/react-router";
import { EditorPage } from "@/features/report-editor/EditorPage";
import { editorSteps, fieldFilters } from "@/features/report-editor/steps";
import { date, oneOf, searchParams, text } from "@/lists/searchParams";

const words = text(100);

const search = searchParams({
  step: oneOf(editorSteps),
  field: words,
  show: oneOf(fieldFilters),
  q: words,
  date: date,
});

export const Route = createFileRoute("/_app/reports/$reportId_/edit")({
  validateSearch: search,
  component: EditorPage,
});
