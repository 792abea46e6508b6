/** When each step of a run was under way, from what the run told. */
import type { RunDetail } from "./api";
import type { RunEvents } from "./runEvents";

export interface StepSpan {
  /** Shares of the whole time, 0 to 1. */
  from: number;
  to: number;
}

/** Spans of the last attempt; a step that nothing was told about has none. */
export function stepSpans(run: RunDetail, { entries }: RunEvents, now: number): Map<string, StepSpan> {
  const lastStart = entries.findLastIndex((one) => one.kind === "state" && one.entry["state"] === "running");
  const attempt = entries.slice(Math.max(lastStart, 0));
  const start = Date.parse(attempt[0]?.at ?? run.started_at ?? run.created_at);
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  const whole = Math.max(end - start, 1);
  const share = (time: number) => Math.min(Math.max((time - start) / whole, 0), 1);

  const spans = new Map<string, StepSpan>();
  for (const { kind, at, entry } of attempt) {
    if (kind !== "step") continue;
    const name = String(entry["step"]);
    const known = spans.get(name);
    if (entry["state"] === "running") spans.set(name, { from: known?.from ?? share(Date.parse(at)), to: 1 });
    else if (known) spans.set(name, { ...known, to: share(Date.parse(at)) });
  }
  return spans;
}
