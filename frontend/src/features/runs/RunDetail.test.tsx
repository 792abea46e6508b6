import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { RunDetail } from "./api";
import { makeRun, makeRunDetail } from "./factories";

const EVENTS = "http://localhost:3000/api/v1/runs/:run_id/events";
const messages = (...told: [number, string, object][]) =>
  told.map(([id, kind, entry]) => `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(entry)}\n\n`).join("");
const at = "2026-11-20T18:00:01Z";
const ended = messages(
  [1, "state", { at, state: "running" }],
  [2, "log", { at, level: "info", event: "input_stored", rows: 100 }],
  [3, "log", { at, level: "error", event: "disk_full" }],
  [4, "state", { at, state: "succeeded" }],
);
const everything = {
  ...administrator,
  permissions: [
    "runs:read",
    "runs:start",
    "runs:cancel",
    "runs:release",
    "destinations:read",
    "artifacts:download",
  ],
};

function watch(run: RunDetail, stream = ended) {
  server.use(
    answers("get", "/api/v1/runs/{run_id}", run),
    http.get(EVENTS, () => new HttpResponse(stream, { headers: { "Content-Type": "text/event-stream" } })),
  );
}

describe("one run", () => {
  it("shows that its records are accounted for, and says its state in the title", async () => {
    watch(
      makeRunDetail({
        state: "partial",
        counts: { rows_in: 100, rows_out: 90, set_aside: 10, filtered: 0, excluded: 0, held: 0 },
      }),
    );
    renderApp("/runs/a");
    expect(await screen.findByText("Reconciled")).toBeInTheDocument();
    expect(await screen.findByText("Ended")).toBeInTheDocument();
    expect(document.title).toContain("Partial · MiFIR transactions");
  });

  it("says what a run waits for, and what to do", async () => {
    const reason = {
      code: "storage_unavailable",
      message: "Object storage cannot be used.",
      fix: "Start it.",
    };
    watch(makeRunDetail({ state: "running", finished_at: null, reason }));
    renderApp("/runs/a");
    expect(await screen.findByText("The run waits")).toBeInTheDocument();
    expect(screen.getByText("Object storage cannot be used.")).toBeInTheDocument();
    expect(screen.getByText("Start it.")).toBeInTheDocument();
  });

  it("opens on the reason of a failure, with what to do", async () => {
    const reason = { code: "source_timeout", message: "The source took too long.", fix: "Raise its limit." };
    watch(makeRunDetail({ state: "failed", reason }));
    renderApp("/runs/a", { me: everything });
    const alert = within(await screen.findByRole("alert"));
    expect(alert.getByText("The source took too long.")).toBeInTheDocument();
    expect(alert.getByText("Raise its limit.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Retry" })).toBeInTheDocument();
  });

  it("goes on where a broken connection stopped", async () => {
    const resumed: (string | null)[] = [];
    server.use(
      answers("get", "/api/v1/runs/{run_id}", makeRunDetail({ state: "running", finished_at: null })),
      http.get(EVENTS, ({ request }) => {
        resumed.push(request.headers.get("Last-Event-ID"));
        const told =
          resumed.length === 1
            ? messages([7, "progress", { at, step: "extract", rows: 42 }])
            : messages([8, "state", { at, state: "succeeded" }]);
        return new HttpResponse(told, { headers: { "Content-Type": "text/event-stream" } });
      }),
    );
    renderApp("/runs/a");
    expect(await screen.findByText("Reconnecting")).toBeInTheDocument();
    expect(await screen.findByText("42")).toBeInTheDocument();
    await waitFor(() => expect(resumed).toEqual([null, "7"]));
  });

  it("cancels only after asking", async () => {
    let isCancelled = false;
    watch(
      makeRunDetail({ state: "pending", started_at: null, finished_at: null }),
      messages([1, "state", { at, state: "pending" }]),
    );
    server.use(
      answers("post", "/api/v1/runs/{run_id}/cancel", () => {
        isCancelled = true;
        return makeRun({ state: "cancelled" });
      }),
    );
    renderApp("/runs/a", { me: everything });
    await userEvent.click(await screen.findByRole("button", { name: "Cancel run" }));
    expect(isCancelled).toBe(false);
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Cancel run" }));
    await waitFor(() => expect(isCancelled).toBe(true));
  });

  it("offers nothing that one may not do", async () => {
    watch(makeRunDetail({ state: "partial", is_held: true }));
    renderApp("/runs/a", { me: { ...administrator, permissions: ["runs:read"] } });
    expect(await screen.findByText("Held: nothing is delivered until somebody decides")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Release" })).not.toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "Deliveries" })).not.toBeInTheDocument();
  });

  it("keeps the log's filter in the address and names it when nothing is left", async () => {
    watch(makeRunDetail());
    const { router } = renderApp("/runs/a?tab=log");
    await userEvent.click(await screen.findByRole("switch", { name: "Errors only" }));
    expect(router.state.location.search).toEqual({ tab: "log", level: "error" });
    expect(await screen.findByText("1 line")).toBeInTheDocument();
    await userEvent.type(screen.getByRole("textbox", { name: "Filter lines" }), "x");
    expect(await screen.findByText("No line contains “x”")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
    expect(router.state.location.search).toEqual({ tab: "log" });
  });

  it("says that a run is not there", async () => {
    server.use(
      refuses("get", "/api/v1/runs/{run_id}", 404, "run_not_found", { detail: "There is no such run." }),
    );
    renderApp("/runs/a");
    expect(await screen.findByText("There is no such run.")).toBeInTheDocument();
  });
});
