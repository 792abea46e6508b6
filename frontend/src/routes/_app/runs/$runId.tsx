import { LOG_LEVELS } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { runQuery } from "@/features/runs/api";
import { RunDetail } from "@/features/runs/RunDetail";
import { RUN_TABS } from "@/features/runs/tabs";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  tab: oneOf(RUN_TABS),
  q: text(200),
  level: oneOf(LOG_LEVELS),
  rule: text(60),
});

export const Route = createFileRoute("/_app/runs/$runId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(runQuery(params.runId)),
  component: RunDetail,
});
