/** Exceptions for tests. */
import type { ExceptionDetail, ListedException } from "./api";

const EXCEPTION_ID = "00000000-0000-7000-8000-0000000000e1";

export function makeException(changes: Partial<ListedException> = {}): ListedException {
  return {
    id: EXCEPTION_ID,
    run_id: "00000000-0000-7000-8000-0000000000aa",
    report_id: "00000000-0000-7000-8000-0000000000bb",
    report_name: "MiFIR transactions",
    reporting_date: "2026-11-20",
    sequence: 1,
    row_number: 215,
    record_key: "529900/TRX1",
    entity: null,
    rule_id: "MR-01",
    rule_ids: ["MR-01", "OWN-02"],
    origin: "finding",
    state: "open",
    is_repeat: false,
    assignee_id: null,
    assignee_name: null,
    due_at: "2999-11-27T23:00:00Z",
    amendments: 0,
    proposed_by: null,
    supplemental_run_id: null,
    revision: 1,
    created_at: "2026-11-20T18:00:00Z",
    updated_at: "2026-11-20T18:00:00Z",
    ...changes,
  };
}

export function makeExceptionDetail(changes: Partial<ExceptionDetail> = {}): ExceptionDetail {
  const finding = {
    rule_id: "MR-01",
    severity: "correctable",
    message: "The quantity must not be zero.",
    title: "Formats of the fields",
    citation: "RTS 22, Annex I",
    is_verified: false,
    columns: ["quantity"],
    fields: [30],
    error: null,
    official: [],
  };
  const value = { is_amended: false, is_masked: false, expression: null, source_columns: [] };
  return {
    ...makeException(),
    justification: null,
    report_version: "1.0",
    newest_version: null,
    outcome: "set_aside",
    source: [
      {
        ...value,
        column: "amount",
        type: "DECIMAL(18,2)",
        value: "0.00",
        current: "0.00",
        field_number: null,
        field_name: null,
      },
      {
        ...value,
        column: "birth_date",
        type: "DATE",
        value: null,
        current: null,
        field_number: null,
        field_name: null,
      },
    ],
    target: [
      {
        ...value,
        column: "quantity",
        type: "DECIMAL(18,2)",
        value: "0.00",
        current: "0.00",
        expression: "amount",
        source_columns: ["amount"],
        field_number: 30,
        field_name: "Quantity",
      },
    ],
    findings: [finding],
    current_findings: [finding],
    unchecked_rules: [],
    changes: [],
    ...changes,
  };
}
