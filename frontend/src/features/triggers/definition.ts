/** The form of a trigger as texts, and the definition that they amount to. */
import type { Definition, Kind } from "./api";

export interface Draft {
  kind: Kind;
  destination: string | null;
  folder: string;
  pattern: string;
  everySeconds: number;
  settleSeconds: number;
  existing: "ignore" | "start";
  connector: string | null;
  query: string;
  everyMinutes: number;
  report: string | null;
  states: string[];
  zone: string;
  calendar: string | null;
  days: number;
  count: "working_days" | "calendar_days";
  parameters: string;
  interval: number;
  whileRunning: "wait" | "skip";
}

export interface FieldsProps {
  draft: Draft;
  put: (changed: Partial<Draft>) => void;
}

export const EMPTY: Draft = {
  kind: "file_arrival",
  destination: null,
  folder: "",
  pattern: "*",
  everySeconds: 60,
  settleSeconds: 20,
  existing: "ignore",
  connector: null,
  query: "",
  everyMinutes: 5,
  report: null,
  states: ["succeeded"],
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  calendar: null,
  days: 1,
  count: "working_days",
  parameters: "",
  interval: 0,
  whileRunning: "wait",
};

function onOf(draft: Draft): Definition["on"] {
  switch (draft.kind) {
    case "file_arrival":
      return {
        kind: "file_arrival",
        destination_id: draft.destination ?? "",
        folder: draft.folder.trim(),
        name_pattern: draft.pattern.trim() || "*",
        every_seconds: draft.everySeconds,
        settle_seconds: draft.settleSeconds,
        existing: draft.existing,
      };
    case "watermark":
      return {
        kind: "watermark",
        connector_id: draft.connector ?? "",
        query: draft.query.trim(),
        every_minutes: draft.everyMinutes,
      };
    case "run_event":
      return {
        kind: "run_event",
        report_id: draft.report ?? "",
        states: draft.states as ("succeeded" | "partial" | "failed" | "cancelled")[],
      };
    default:
      return { kind: "api" };
  }
}

/** Whether the form says all that its kind needs. */
export function isComplete(draft: Draft): boolean {
  switch (draft.kind) {
    case "file_arrival":
      return draft.destination !== null;
    case "watermark":
      return draft.connector !== null && draft.query.trim() !== "";
    case "run_event":
      return draft.report !== null && draft.states.length > 0;
    default:
      return true;
  }
}

function parametersOf(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const at = line.indexOf("=");
      return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

export function definitionOf(draft: Draft): Definition {
  return {
    on: onOf(draft),
    zone: draft.zone,
    calendar: draft.calendar,
    reporting_date: { days: draft.days, count: draft.count },
    parameters: parametersOf(draft.parameters),
    min_interval_minutes: draft.interval,
    while_running: draft.whileRunning,
  };
}

export function draftOf(definition: Definition): Draft {
  const { on } = definition;
  const draft: Draft = {
    ...EMPTY,
    kind: on.kind,
    zone: definition.zone ?? "UTC",
    calendar: definition.calendar ?? null,
    days: definition.reporting_date?.days ?? 1,
    count: definition.reporting_date?.count ?? "working_days",
    parameters: Object.entries(definition.parameters ?? {})
      .map(([name, value]) => `${name}=${value ?? ""}`)
      .join("\n"),
    interval: definition.min_interval_minutes ?? 0,
    whileRunning: definition.while_running ?? "wait",
  };
  switch (on.kind) {
    case "file_arrival":
      return {
        ...draft,
        destination: on.destination_id,
        folder: on.folder ?? "",
        pattern: on.name_pattern ?? "*",
        everySeconds: on.every_seconds ?? 60,
        settleSeconds: on.settle_seconds ?? 20,
        existing: on.existing ?? "ignore",
      };
    case "watermark":
      return { ...draft, connector: on.connector_id, query: on.query, everyMinutes: on.every_minutes ?? 5 };
    case "run_event":
      return { ...draft, report: on.report_id, states: [...(on.states ?? ["succeeded"])] };
    default:
      return draft;
  }
}
