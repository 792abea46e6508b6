import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { runsQuery } from "@/features/runs/api";
import { RunList } from "@/features/runs/RunList";
import { runStates } from "@/features/runs/RunState";

const search = z.object({
  state: z.enum(runStates).optional().catch(undefined),
  report_id: z.uuid().optional().catch(undefined),
  cursor: z.string().max(100).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/runs/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(runsQuery(deps)),
  component: RunList,
});
