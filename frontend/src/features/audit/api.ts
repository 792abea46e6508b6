/** The audit trail: who did what. */
import { answer, download } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, apiUrl, session } from "@/api/client";
import type { Schema } from "@/api/types";

export type AuditEntry = Schema<"AuditEntryAnswer">;
export type AuditAction = Schema<"AuditAction">;

export interface AuditFilters {
  q?: string | undefined;
  action?: string | undefined;
  subject_kind?: string | undefined;
  subject_id?: string | undefined;
  actor_id?: string | undefined;
  /** Days, as people choose them; both are included. */
  from?: string | undefined;
  to?: string | undefined;
  cursor?: string | undefined;
}

export const auditQuery = (filters: AuditFilters) =>
  queryOptions({
    queryKey: ["audit-entries", "list", filters],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/audit-entries", { params: { query: asQuery(filters) }, signal })),
    placeholderData: keepPreviousData,
  });

export const auditEntryQuery = (entryId: string) =>
  queryOptions({
    queryKey: ["audit-entries", "one", entryId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/audit-entries/{entry_id}", { params: { path: { entry_id: entryId } }, signal }),
      ),
    // What is written in the trail never changes.
    staleTime: Infinity,
  });

export const verifyAudit = () => answer(api.POST("/api/v1/audit-entries/verify"));

export async function exportAudit(filters: AuditFilters, format: "csv" | "ndjson"): Promise<void> {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(asQuery({ ...filters, cursor: undefined }))) {
    if (value !== undefined) query.set(name, value);
  }
  await download(session.fetch, `${apiUrl}/api/v1/audit-entries/export?${query}`, `audit-entries.${format}`);
}

/** Days in the reader's zone as the moments between which entries are wanted. */
function asQuery({ from, to, action, ...others }: AuditFilters) {
  const until = to ? new Date(`${to}T00:00:00`) : undefined;
  until?.setDate(until.getDate() + 1);
  return {
    ...others,
    // One that does not exist is refused by the server, and the page says so.
    ...(action ? { action: action as AuditAction } : {}),
    ...(from ? { since: new Date(`${from}T00:00:00`).toISOString() } : {}),
    ...(until ? { until: until.toISOString() } : {}),
  };
}
