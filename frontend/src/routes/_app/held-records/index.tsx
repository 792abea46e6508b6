import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { heldCountsQuery, heldRecordsQuery, heldStates } from "@/features/held-records/api";
import { HeldRecordList } from "@/features/held-records/HeldRecordList";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  state: z.enum(heldStates).optional().catch(undefined),
  report_id: z.uuid().optional().catch(undefined),
  run_id: z.uuid().optional().catch(undefined),
  code: z.string().max(40).optional().catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/held-records/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(heldRecordsQuery(deps));
    void context.queries.prefetchQuery(heldCountsQuery(deps));
  },
  component: HeldRecordList,
});
