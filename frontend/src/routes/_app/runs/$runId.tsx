import { LOG_LEVELS, z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { runQuery } from "@/features/runs/api";
import { RunDetail } from "@/features/runs/RunDetail";
import { RUN_TABS } from "@/features/runs/tabs";

const search = z.object({
  tab: z.enum(RUN_TABS).optional().catch(undefined),
  q: z.string().max(200).optional().catch(undefined),
  level: z.enum(LOG_LEVELS).optional().catch(undefined),
  rule: z.string().max(60).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/runs/$runId")({
  validateSearch: search,
  loader: ({ context, params }) => void context.queries.prefetchQuery(runQuery(params.runId)),
  component: RunDetail,
});
