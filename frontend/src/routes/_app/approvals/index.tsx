import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { approvalsQuery } from "@/features/approvals/api";
import { ApprovalList } from "@/features/approvals/ApprovalList";
import { waitingStates } from "@/features/approvals/keys";

export const Route = createFileRoute("/_app/approvals/")({
  validateSearch: z.object({
    state: z.enum(waitingStates).optional().catch(undefined),
    cursor: z.string().max(100).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(approvalsQuery(deps)),
  component: ApprovalList,
});
