/** The way of a record: what is asked of the API. */
import { answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Lineage = Schema<"RecordLineageAnswer">;
export type Supplement = Schema<"LineageReportingAnswer">;
export type FilePlace = Schema<"LineageFileAnswer">;
export type SourceValue = Schema<"LineageColumnAnswer">;
export type FieldValue = Schema<"LineageFieldAnswer">;

export const lineageQuery = (runId: string, rowNumber: string) =>
  queryOptions({
    queryKey: ["runs", "one", runId, "lineage", rowNumber],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/runs/{run_id}/records/{row_number}/lineage", {
          params: { path: { run_id: runId, row_number: Number(rowNumber) } },
          signal,
        }),
      ),
    // Whoever sees personal data leaves a trace: it is not read again without a reason.
    refetchOnWindowFocus: false,
  });
