import { describe, expect, it } from "vitest";
import { makeRunDetail } from "./factories";
import { applyEvent, hasEnded, logLines, NO_EVENTS, readEvent, withEvents, type RunEvent } from "./runEvents";
import { stepSpans } from "./timeline";

const at = "2026-11-20T18:00:01Z";
const event = (sequence: number, kind: string, entry: Record<string, unknown>, when = at): RunEvent => ({
  sequence,
  kind,
  at: when,
  entry,
});
const state = (sequence: number, name: string, when = at) => event(sequence, "state", { state: name }, when);

describe("what a run tells", () => {
  it("is kept once, whatever is told again after a broken connection", () => {
    const before = withEvents(NO_EVENTS, [state(1, "pending"), state(2, "running")]);
    const after = withEvents(before, [state(2, "running"), state(5, "succeeded")]);
    expect(after.entries.map((one) => one.sequence)).toEqual([1, 2, 5]);
    expect(after.lastSequence).toBe(5);
    expect(withEvents(after, [state(5, "succeeded")])).toBe(after);
  });

  it("is read from the stream, and what has no sequence is left out", () => {
    const data = JSON.stringify({ at, step: "extract", rows: 3 });
    expect(readEvent({ id: "7", event: "progress", data })).toEqual(
      event(7, "progress", { step: "extract", rows: 3 }),
    );
    expect(readEvent({ id: null, event: "message", data: "{}" })).toBeNull();
  });

  it("ends with the last state, not with a failure that was retried", () => {
    expect(hasEnded(withEvents(NO_EVENTS, [state(1, "failed")]))).toBe(true);
    expect(hasEnded(withEvents(NO_EVENTS, [state(1, "failed"), state(2, "pending")]))).toBe(false);
    expect(hasEnded(NO_EVENTS)).toBe(false);
  });
});

describe("a run that is watched", () => {
  const running = makeRunDetail({ state: "running", finished_at: null });

  it("takes over state and reason", () => {
    const reason = { code: "source_unreachable", message: "The source does not answer." };
    const failed = applyEvent(running, event(3, "state", { state: "failed", is_held: false, reason }));
    expect([failed.state, failed.reason]).toEqual(["failed", reason]);
  });

  it("takes over the counts of a part and leaves the others", () => {
    const entry = { step: "render", rows_in: 10, rows_out: 8, set_aside: 2, filtered: 0, row_groups_done: 1 };
    const next = applyEvent(running, event(4, "progress", entry));
    expect(next.counts).toEqual({
      rows_in: 10,
      rows_out: 8,
      set_aside: 2,
      filtered: 0,
      excluded: 0,
      held: 0,
    });
    expect(next.row_groups_total).toBe(running.row_groups_total);
  });

  it("changes the step that is named and no other", () => {
    const next = applyEvent(running, event(4, "step", { step: "extract", state: "running", rows: 7 }));
    expect(next.steps[0]).toMatchObject({ name: "extract", state: "running", rows: 7 });
    expect(next.steps[1]).toBe(running.steps[1]);
  });

  it("is not changed by a line of its log", () => {
    expect(applyEvent(running, event(4, "log", { level: "info", event: "input_stored" }))).toBe(running);
  });
});

it("has a log without progress, where a failure is an error", () => {
  const lines = logLines(
    withEvents(NO_EVENTS, [
      event(1, "log", { level: "warning", event: "schema_missing", fix: "Install it." }),
      event(2, "progress", { step: "extract", rows: 5 }),
      event(3, "state", { state: "failed", reason: { message: "The disk is full." } }),
    ]),
  );
  expect(lines.map((line) => [line.number, line.level])).toEqual([
    [1, "warning"],
    [3, "error"],
  ]);
  expect(lines[0]?.text).toContain("fix=Install it.");
  expect(lines[1]?.text).toBe("The run is failed: The disk is full.");
});

it("shows when each step of the last attempt was under way", () => {
  const run = makeRunDetail({ finished_at: "2026-11-20T18:00:20Z" });
  const events = withEvents(NO_EVENTS, [
    state(1, "running", "2026-11-20T17:00:00Z"),
    event(2, "step", { step: "extract", state: "running" }, "2026-11-20T17:00:01Z"),
    state(3, "failed", "2026-11-20T17:00:05Z"),
    state(4, "running", "2026-11-20T18:00:00Z"),
    event(5, "step", { step: "extract", state: "running" }, "2026-11-20T18:00:05Z"),
    event(6, "step", { step: "extract", state: "succeeded" }, "2026-11-20T18:00:10Z"),
    event(7, "step", { step: "render", state: "running" }, "2026-11-20T18:00:10Z"),
  ]);
  const spans = stepSpans(run, events, 0);
  expect(spans.get("extract")).toEqual({ from: 0.25, to: 0.5 });
  expect(spans.get("render")).toEqual({ from: 0.5, to: 1 });
  expect(spans.has("store")).toBe(false);
});
