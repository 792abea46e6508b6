import { createFileRoute } from "@tanstack/react-router";
import { auditEntryQuery } from "@/features/audit/api";
import { AuditEntryPage } from "@/features/audit/AuditEntryPage";

export const Route = createFileRoute("/_app/audit/$entryId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(auditEntryQuery(params.entryId)),
  component: AuditEntryPage,
});
