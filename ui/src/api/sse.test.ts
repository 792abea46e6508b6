import { describe, expect, it, vi } from "vitest";
import { sse, type StreamEvent } from "./sse";

function streamOf(ids: number[], isCut: boolean): Response {
  const text = ids.map((id) => `id: ${id}\nevent: log\ndata: line ${id}\n\n`).join("");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (isCut) controller.error(new Error("connection lost"));
      else controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

describe("sse", () => {
  it("resumes after the last event, so that no line is lost or told twice", async () => {
    const got: StreamEvent[] = [];
    const states: string[] = [];
    const fetcher = vi.fn(async (_: RequestInfo | URL, init?: RequestInit) => {
      const after = Number(new Headers(init?.headers).get("Last-Event-ID") ?? 0);
      return after === 0 ? streamOf([1, 2], false) : streamOf([3], false);
    });
    sse("/stream", {
      fetch: fetcher,
      firstDelayMs: 1,
      onEvent: (event) => got.push(event),
      onState: (state) => states.push(state),
      isEnd: (event) => event.id === "3",
    });
    await vi.waitFor(() => expect(states.at(-1)).toBe("ended"));
    expect(got.map((event) => event.id)).toEqual(["1", "2", "3"]);
    expect(states).toEqual(["live", "reconnecting", "live", "ended"]);
  });

  it("tries again after a broken connection", async () => {
    const fetcher = vi
      .fn<typeof fetch>()
      .mockRejectedValueOnce(new TypeError("network"))
      .mockImplementationOnce(async () => streamOf([], true))
      .mockImplementation(async () => streamOf([1], false));
    const got: StreamEvent[] = [];
    const close = sse("/stream", {
      fetch: fetcher,
      firstDelayMs: 1,
      longestDelayMs: 2,
      onEvent: (event) => got.push(event),
    });
    await vi.waitFor(() => expect(got.length).toBeGreaterThan(0));
    close();
  });

  it.each([401, 403, 404])("stops for good at %i", async (status) => {
    const fetcher = vi.fn<typeof fetch>(async () => new Response("{}", { status }));
    const onState = vi.fn();
    sse("/stream", { fetch: fetcher, firstDelayMs: 1, onEvent: () => undefined, onState });
    await vi.waitFor(() =>
      expect(onState).toHaveBeenCalledWith("refused", expect.objectContaining({ status })),
    );
    expect(fetcher).toHaveBeenCalledTimes(1);
  });
});
