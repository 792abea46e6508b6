/**
 * Server-sent events by `fetch`, because `EventSource` cannot send an access token.
 *
 * Resumes with `Last-Event-ID`, waits longer after each failure, and stops for good when the server refuses.
 */
import { createParser } from "eventsource-parser";
import { problemOf, type ApiProblem } from "./problem";

export interface StreamEvent {
  id: string | null;
  event: string;
  data: string;
}

/** `live` while bytes may come; `reconnecting` between attempts; `ended` when the server said all there is. */
export type StreamState = "live" | "reconnecting" | "ended" | "refused";

export interface StreamOptions {
  fetch: typeof fetch;
  onEvent: (event: StreamEvent) => void;
  onState?: (state: StreamState, problem?: ApiProblem) => void;
  /** Whether nothing can follow this event, so that a closed connection is an end and not a failure. */
  isEnd?: (event: StreamEvent) => boolean;
  lastEventId?: string;
  firstDelayMs?: number;
  longestDelayMs?: number;
}

const FINAL = new Set([401, 403, 404]);

/** Open a stream; the returned function closes it. */
export function sse(url: string, options: StreamOptions): () => void {
  const stop = new AbortController();
  void follow(url, options, stop.signal);
  return () => stop.abort();
}

async function follow(url: string, options: StreamOptions, signal: AbortSignal): Promise<void> {
  const { firstDelayMs = 500, longestDelayMs = 15_000, onState } = options;
  let lastEventId = options.lastEventId ?? null;
  let delay = firstDelayMs;
  let isEnded = false;
  const receive = (event: StreamEvent) => {
    lastEventId = event.id ?? lastEventId;
    delay = firstDelayMs;
    isEnded = options.isEnd?.(event) ?? false;
    options.onEvent(event);
  };
  while (!signal.aborted) {
    try {
      const response = await options.fetch(url, { signal, headers: headersAfter(lastEventId) });
      if (FINAL.has(response.status)) {
        onState?.("refused", await problemOf(response));
        return;
      }
      if (response.ok && response.body) {
        onState?.("live");
        await readEvents(response.body, receive);
      }
    } catch {
      // A broken connection is the ordinary case here: the loop below waits and resumes.
    }
    if (signal.aborted) return;
    if (isEnded) {
      onState?.("ended");
      return;
    }
    onState?.("reconnecting");
    await pause(delay * (0.75 + Math.random() / 2), signal);
    delay = Math.min(delay * 2, longestDelayMs);
  }
}

function headersAfter(lastEventId: string | null): Record<string, string> {
  return { Accept: "text/event-stream", ...(lastEventId === null ? {} : { "Last-Event-ID": lastEventId }) };
}

/** Every event of an answer that is a stream, until it ends. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  receive: (event: StreamEvent) => void,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ id, event, data }) => receive({ id: id ?? null, event: event ?? "message", data }),
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
