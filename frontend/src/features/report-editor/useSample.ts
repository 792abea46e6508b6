/** A few rows through the document as it is now. Parts with problems are left out, so that the rest can be seen. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useMay } from "@/features/account/api";
import { dryRunQuery, type Fault } from "./api";
import { toJson, type ReportDocument } from "./document";
import { useEditor } from "./EditorContext";
import { valuesOf } from "./parameterValues";
import { placeOf } from "./places";

const ROWS = 5;
const SAMPLE_MS = 900;

export function useSample() {
  const { document, check, reportingDate } = useEditor();
  const mayQuery = useMay("connectors:query");
  const faults = check?.faults;
  const tried = useMemo(() => withoutFaults(document, faults ?? []), [document, faults]);
  const [settled] = useDebouncedValue(tried, SAMPLE_MS);
  const isPossible = mayQuery && Boolean(check?.source_columns) && settled !== null;
  const query = useQuery({
    ...dryRunQuery({
      document: toJson(settled ?? document),
      reporting_date: reportingDate,
      parameters: valuesOf(document.source.parameters),
      limit: ROWS,
    }),
    enabled: isPossible,
  });
  return { query, isPossible };
}

/** The document without what the check refuses; null when nothing is left that could be tried. */
export function withoutFaults(document: ReportDocument, faults: readonly Fault[]): ReportDocument | null {
  const fields = new Set(faults.map((fault) => placeOf(fault.pointer).field));
  const rules = new Set(faults.flatMap((fault) => /^\/rules\/(\d+)/.exec(fault.pointer)?.[1] ?? []));
  if (faults.some((fault) => /^\/(source|inputs|join|pack)(\/|$)/.test(fault.pointer))) return null;
  const kept = Object.entries(document.fields).filter(([name, sql]) => !fields.has(name) && sql.trim());
  if (kept.length === 0) return null;
  const hasBadOutput = faults.some((fault) =>
    /^\/(outputs|envelope|deliver_to|record_key)/.test(fault.pointer),
  );
  return {
    ...document,
    fields: Object.fromEntries(kept),
    rules: document.rules.filter((_, index) => !rules.has(String(index))),
    filter: faults.some((fault) => fault.pointer === "/filter") ? null : document.filter,
    ...(hasBadOutput
      ? {
          outputs: [{ format: "csv" as const, packaging: "none" as const, file_name: "sample" }],
          deliver_to: [],
          record_key: [],
        }
      : {}),
  };
}
