import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { RecordLineage } from "@/features/lineage/RecordLineage";

const search = z.object({
  view: z.enum(["path", "table"]).optional().catch(undefined),
  fields: z.literal("all").optional().catch(undefined),
});

export const Route = createFileRoute("/_app/runs/$runId_/records/$rowNumber")({
  validateSearch: search,
  component: RecordLineage,
});
