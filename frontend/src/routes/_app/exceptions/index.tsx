import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { exceptionCountsQuery, exceptionsQuery, filtersOf, GROUPINGS } from "@/features/exceptions/api";
import { ExceptionList } from "@/features/exceptions/ExceptionList";
import { EXCEPTION_STATES } from "@/features/exceptions/states";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  state: z.enum(EXCEPTION_STATES).optional().catch(undefined),
  report_id: z.uuid().optional().catch(undefined),
  run_id: z.uuid().optional().catch(undefined),
  rule_id: z.string().max(60).optional().catch(undefined),
  entity: z.string().max(100).optional().catch(undefined),
  assignee_id: z.uuid().optional().catch(undefined),
  is_assigned: z.literal(false).optional().catch(undefined),
  is_proposed: z.literal(true).optional().catch(undefined),
  is_repeat: z.literal(true).optional().catch(undefined),
  is_overdue: z.literal(true).optional().catch(undefined),
  group: z.enum(GROUPINGS).optional().catch(undefined),
  sort: z.enum(["created_at", "-created_at", "due_at", "-due_at"]).optional().catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/exceptions/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => {
    void context.queries.prefetchQuery(exceptionsQuery(deps));
    void context.queries.prefetchQuery(exceptionCountsQuery(filtersOf(deps)));
  },
  component: ExceptionList,
});
