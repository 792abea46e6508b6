import { createFileRoute } from "@tanstack/react-router";
import { auditQuery } from "@/features/audit/api";
import { AuditList } from "@/features/audit/AuditList";
import { date, searchParams, text, uuid } from "@/lists/searchParams";

const search = searchParams({
  q: text(200),
  action: text(60),
  subject_kind: text(60),
  subject_id: uuid,
  actor_id: uuid,
  from: date,
  to: date,
  cursor: text(100),
});

export const Route = createFileRoute("/_app/audit/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(auditQuery(deps)),
  component: AuditList,
});
