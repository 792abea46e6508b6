/** Runs for tests. */
import type { Run, RunDetail } from "./api";

const RUN_ID = "00000000-0000-7000-8000-0000000000aa";

export function makeRun(changes: Partial<Run> = {}): Run {
  return {
    id: RUN_ID,
    report_id: "00000000-0000-7000-8000-0000000000bb",
    report_version_id: "00000000-0000-7000-8000-0000000000cc",
    report_name: "MiFIR transactions",
    version: "1.0",
    reporting_date: "2026-11-20",
    sequence: 1,
    state: "succeeded",
    kind: "regular",
    parent_run_id: null,
    is_held: false,
    attempt: 1,
    rows_in: 100,
    rows_out: 100,
    set_aside: 0,
    excluded: 0,
    held: 0,
    trigger: "manual",
    schedule_id: null,
    fire_at: null,
    trigger_id: null,
    seconds: 12,
    created_at: "2026-11-20T18:00:00Z",
    started_at: "2026-11-20T18:00:01Z",
    finished_at: "2026-11-20T18:00:13Z",
    ...changes,
  };
}

export function makeRunDetail(changes: Partial<RunDetail> = {}): RunDetail {
  const { rows_in, rows_out, set_aside, excluded, held, ...run } = makeRun();
  const steps = [
    "extract",
    "validate_source",
    "transform",
    "validate_target",
    "render",
    "store",
    "hand_over",
  ];
  return {
    ...run,
    started_by: null,
    rule_sets: [],
    pack_version: null,
    supplements: [],
    parameters: {},
    steps: steps.map((name) => ({
      name: name as RunDetail["steps"][number]["name"],
      state: "succeeded",
      rows: rows_in,
      seconds: 0.5,
    })),
    counts: { rows_in, rows_out, set_aside, filtered: 0, excluded, held },
    set_aside_by_rule: {},
    quarantined: 0,
    row_groups_done: 1,
    row_groups_total: 1,
    input_sha256: null,
    warnings: [],
    reason: null,
    peak_rss_bytes: 0,
    reference: [],
    ...changes,
  };
}
