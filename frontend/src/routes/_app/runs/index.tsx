import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { runCountsQuery, runsQuery } from "@/features/runs/api";
import { deliveryStates } from "@/features/runs/deliveryStates";
import { RunList } from "@/features/runs/RunList";
import { runStates } from "@/features/runs/states";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  state: z.enum(runStates).optional().catch(undefined),
  is_held: z.literal(true).optional().catch(undefined),
  delivery_state: z.enum(deliveryStates).optional().catch(undefined),
  report_id: z.uuid().optional().catch(undefined),
  reporting_from: z.iso.date().optional().catch(undefined),
  reporting_to: z.iso.date().optional().catch(undefined),
  since: z.iso.datetime({ offset: true }).optional().catch(undefined),
  sort: z
    .enum(["created_at", "-created_at", "reporting_date", "-reporting_date"])
    .optional()
    .catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/runs/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps: { cursor, sort, ...filters } }) => {
    void context.queries.prefetchQuery(runsQuery({ ...filters, sort, cursor }));
    void context.queries.prefetchQuery(runCountsQuery(filters));
  },
  component: RunList,
});
