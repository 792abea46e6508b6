import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { auditQuery } from "@/features/audit/api";
import { AuditList } from "@/features/audit/AuditList";

const search = z.object({
  q: z.string().max(200).optional().catch(undefined),
  action: z.string().max(60).optional().catch(undefined),
  subject_kind: z.string().max(60).optional().catch(undefined),
  subject_id: z.uuid().optional().catch(undefined),
  actor_id: z.uuid().optional().catch(undefined),
  from: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional()
    .catch(undefined),
  to: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional()
    .catch(undefined),
  cursor: z.string().max(100).optional().catch(undefined),
});

export const Route = createFileRoute("/_app/audit/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(auditQuery(deps)),
  component: AuditList,
});
