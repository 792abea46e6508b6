/** What a run tells those who watch it: kept in order, once each, and applied to the run as it was last asked for. */
import type { StreamEvent } from "@openreg/ui/api";
import type { LogLine, LogLevel } from "@openreg/ui";
import type { RunDetail, RunStateName } from "./api";
import { runMessages } from "./messages";

export interface RunEvent {
  sequence: number;
  kind: string;
  at: string;
  entry: Record<string, unknown>;
}

export interface RunEvents {
  entries: RunEvent[];
  lastSequence: number;
}

export const NO_EVENTS: RunEvents = { entries: [], lastSequence: 0 };
/** More lines than anybody reads; the oldest go first. */
const MAX_ENTRIES = 50_000;
const ENDS: readonly RunStateName[] = ["succeeded", "partial", "failed", "cancelled"];

export function isFinal(state: unknown): boolean {
  return ENDS.some((one) => one === state);
}

/** An event of the stream; null for what is none of ours. */
export function readEvent({ id, event, data }: StreamEvent): RunEvent | null {
  const sequence = Number(id);
  if (!id || !Number.isSafeInteger(sequence)) return null;
  const { at, ...entry } = JSON.parse(data) as Record<string, unknown>;
  return { sequence, kind: event, at: String(at), entry };
}

/** After a broken connection the server may tell something again: it is kept once. */
export function withEvents(known: RunEvents, told: RunEvent[]): RunEvents {
  const fresh = told.filter((one) => one.sequence > known.lastSequence);
  const last = fresh.at(-1);
  if (!last) return known;
  return { entries: [...known.entries, ...fresh].slice(-MAX_ENTRIES), lastSequence: last.sequence };
}

/** Whether the last thing a run said about its state was an end of it. */
export function hasEnded({ entries }: RunEvents): boolean {
  const state = entries.findLast((one) => one.kind === "state");
  return isFinal(state?.entry["state"]);
}

/** The run after something has happened in it, until it is asked for again. */
export function applyEvent(run: RunDetail, { kind, entry }: RunEvent): RunDetail {
  if (kind === "state") {
    return {
      ...run,
      state: String(entry["state"]),
      is_held: entry["is_held"] === true,
      reason: (entry["reason"] ?? null) as RunDetail["reason"],
    };
  }
  if (kind !== "step" && kind !== "progress") return run;
  const count = (name: string, before: number) =>
    typeof entry[name] === "number" ? (entry[name] as number) : before;
  return {
    ...run,
    row_groups_done: count("row_groups_done", run.row_groups_done),
    row_groups_total: count("row_groups_total", run.row_groups_total),
    counts: {
      rows_in: count("rows_in", run.counts.rows_in),
      rows_out: count("rows_out", run.counts.rows_out),
      set_aside: count("set_aside", run.counts.set_aside),
      filtered: count("filtered", run.counts.filtered),
      excluded: count("excluded", run.counts.excluded),
      held: count("held", run.counts.held),
    },
    steps: run.steps.map((step) =>
      step.name === entry["step"]
        ? {
            ...step,
            rows: count("rows", step.rows),
            state: kind === "step" ? (String(entry["state"]) as typeof step.state) : step.state,
          }
        : step,
    ),
  };
}

/** What people read as the log of a run. Progress is not: it is shown as it goes by. */
export function logLines({ entries }: RunEvents): LogLine[] {
  return entries
    .filter((one) => one.kind !== "progress")
    .map((one) => ({ number: one.sequence, at: one.at, level: levelOf(one), text: textOf(one) }));
}

function levelOf({ kind, entry }: RunEvent): LogLevel {
  const level = kind === "log" ? entry["level"] : undefined;
  if (level === "warning" || level === "error" || level === "debug") return level;
  if (entry["state"] === "failed") return "error";
  return kind === "step" ? "debug" : "info";
}

function textOf({ kind, entry }: RunEvent): string {
  const text = runMessages.log;
  if (kind === "state") {
    const reason = entry["reason"] as { message?: string; code?: string } | null | undefined;
    return text.state(runMessages.stateName(String(entry["state"])), reason?.message ?? reason?.code);
  }
  if (kind === "step") {
    return text.step(
      runMessages.stepName(String(entry["step"])),
      String(entry["state"]),
      Number(entry["rows"] ?? 0),
    );
  }
  const pairs = Object.entries(entry)
    .filter(([name]) => name !== "level" && name !== "event")
    .map(([name, value]) => `${name}=${shown(value)}`);
  return [text.event(String(entry["event"])), ...pairs].join("  ");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
