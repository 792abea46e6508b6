import { createFileRoute } from "@tanstack/react-router";
import { runQuery } from "@/features/runs/api";
import { RunDetail } from "@/features/runs/RunDetail";

export const Route = createFileRoute("/_app/runs/$runId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(runQuery(params.runId)),
  component: RunDetail,
});
