import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { reportsQuery } from "@/features/reports/api";
import { ReportList } from "@/features/reports/ReportList";
import { versionStates } from "@/features/reports/versionStates";

const text = z.string().max(200).optional().catch(undefined);
const orders = ["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] as const;

export const Route = createFileRoute("/_app/reports/")({
  validateSearch: z.object({
    q: text,
    state: z.enum(versionStates).optional().catch(undefined),
    pack_id: text,
    owner_id: z.uuid().optional().catch(undefined),
    tag: text,
    is_archived: z.literal(true).optional().catch(undefined),
    sort: z.enum(orders).optional().catch(undefined),
    cursor: z.string().max(500).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(reportsQuery(deps)),
  component: ReportList,
});
