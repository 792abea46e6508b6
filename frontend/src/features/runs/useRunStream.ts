/** Follows a run while somebody looks at it; what was told stays in the query cache, so coming back goes on from there. */
import { sse, type StreamState } from "@openreg/ui/api";
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { apiUrl, session } from "@/api/client";
import { runKeys, runQuery, type RunDetail } from "./api";
import {
  applyEvent,
  hasEnded,
  isFinal,
  NO_EVENTS,
  readEvent,
  withEvents,
  type RunEvent,
  type RunEvents,
} from "./runEvents";

/** Events that come together are shown together. */
const GATHER_MS = 150;

export function useRunStream(runId: string, runState: string | undefined) {
  const queries = useQueryClient();
  const [stream, setStream] = useState<StreamState>("reconnecting");
  const isKnown = runState !== undefined;
  const isOver = isFinal(runState);
  const { data: events = NO_EVENTS } = useQuery<RunEvents>({
    queryKey: runKeys.events(runId),
    queryFn: () => queries.getQueryData<RunEvents>(runKeys.events(runId)) ?? NO_EVENTS,
    staleTime: Infinity,
  });

  useEffect(() => {
    if (!isKnown) return undefined;
    const known = queries.getQueryData<RunEvents>(runKeys.events(runId)) ?? NO_EVENTS;
    if (isOver && hasEnded(known)) return undefined;
    return follow(queries, runId, known, setStream);
  }, [queries, runId, isKnown, isOver]);

  const state: StreamState = isOver && hasEnded(events) ? "ended" : stream;
  return { events, stream: state };
}

function follow(
  queries: QueryClient,
  runId: string,
  known: RunEvents,
  onState: (state: StreamState) => void,
): () => void {
  let gathered: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show() {
    timer = undefined;
    const told = gathered;
    gathered = [];
    take(queries, runId, told);
  }

  const close = sse(`${apiUrl}/api/v1/runs/${runId}/events`, {
    fetch: session.fetch,
    ...(known.lastSequence > 0 ? { lastEventId: String(known.lastSequence) } : {}),
    onState,
    isEnd: (event) => event.event === "state" && isFinal(readEvent(event)?.entry["state"]),
    onEvent: (event) => {
      const read = readEvent(event);
      if (read) gathered.push(read);
      timer ??= setTimeout(show, GATHER_MS);
    },
  });
  return () => {
    close();
    clearTimeout(timer);
    if (gathered.length > 0) show();
  };
}

function take(queries: QueryClient, runId: string, told: RunEvent[]): void {
  const before = queries.getQueryData<RunEvents>(runKeys.events(runId)) ?? NO_EVENTS;
  const after = withEvents(before, told);
  queries.setQueryData(runKeys.events(runId), after);
  const run = queries.getQueryData<RunDetail>(runQuery(runId).queryKey);
  // What was told about a run that had ended when it was asked for is history.
  if (!run || isFinal(run.state)) return;
  const fresh = told.filter((one) => one.sequence > before.lastSequence);
  queries.setQueryData(runQuery(runId).queryKey, fresh.reduce(applyEvent, run));
  // Seconds, findings and files are not told: they are asked for when a step or the run has changed.
  if (fresh.some((one) => one.kind === "step" || one.kind === "state")) {
    void queries.invalidateQueries({
      queryKey: runKeys.one(runId),
      predicate: (query) => query.queryKey[3] !== "events",
    });
    void queries.invalidateQueries({ queryKey: runKeys.lists });
  }
}
