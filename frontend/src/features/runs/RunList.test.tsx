import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { renderApp } from "@/test/renderApp";
import type { Run } from "./api";

const counts = {
  attempt: 1,
  report_name: "Trades",
  version: "1.0",
  rows_in: 10,
  rows_out: 9,
  set_aside: 1,
  seconds: 12,
};

function makeRun(changes: Partial<Run> = {}): Run {
  return {
    id: "00000000-0000-7000-8000-0000000000aa",
    report_id: "00000000-0000-7000-8000-0000000000bb",
    report_version_id: "00000000-0000-7000-8000-0000000000cc",
    reporting_date: "2026-11-20",
    sequence: 1,
    state: "succeeded",
    is_held: false,
    created_at: "2026-11-20T18:00:00Z",
    started_at: "2026-11-20T18:00:01Z",
    finished_at: "2026-11-20T18:00:13Z",
    ...counts,
    ...changes,
  };
}

describe("the list of runs", () => {
  it("shows each run with state, date and duration", async () => {
    server.use(answers("get", "/api/v1/runs", { items: [makeRun()], next_cursor: null }));
    renderApp("/runs");
    const row = within(await screen.findByRole("row", { name: /0000000000aa/ }));
    expect(row.getByText("Succeeded")).toBeInTheDocument();
    expect(row.getByText("20 Nov 2026")).toBeInTheDocument();
    expect(row.getByText("12.0 s")).toBeInTheDocument();
  });

  it("says what to do when there is no run yet", async () => {
    server.use(answers("get", "/api/v1/runs", { items: [], next_cursor: null }));
    renderApp("/runs");
    expect(await screen.findByText("No run yet")).toBeInTheDocument();
  });

  it("offers to clear a filter that hides everything", async () => {
    server.use(
      answers("get", "/api/v1/runs", (request) => ({
        items: new URL(request.url).searchParams.has("state") ? [] : [makeRun()],
        next_cursor: null,
      })),
    );
    const { router } = renderApp("/runs?state=failed");
    expect(await screen.findByText("Nothing matches the filter")).toBeInTheDocument();
    await userEvent.click(screen.getAllByRole("button", { name: "Clear filters" })[0] as HTMLElement);
    expect(await screen.findByRole("row", { name: /0000000000aa/ })).toBeInTheDocument();
    expect(router.state.location.search).toEqual({});
  });

  it("starts again at the first page when the filter changes", async () => {
    server.use(answers("get", "/api/v1/runs", { items: [makeRun()], next_cursor: "second" }));
    const { router } = renderApp("/runs");
    await userEvent.click(await screen.findByRole("button", { name: "Next" }));
    expect(router.state.location.search).toEqual({ cursor: "second" });
    await userEvent.click(await screen.findByRole("button", { name: "Previous" }));
    expect(router.state.location.search).toEqual({});
  });

  it("shows why it was refused, with the request id", async () => {
    server.use(refuses("get", "/api/v1/runs", 500, "internal_error", { detail: "Something went wrong." }));
    renderApp("/runs");
    expect(await screen.findByText("Something went wrong.")).toBeInTheDocument();
    expect(screen.getByText("request-of-a-test")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Retry" })).toBeInTheDocument();
  });

  it("names the permission that is missing", async () => {
    server.use(refuses("get", "/api/v1/runs", 403, "permission_missing", { permission: "runs:read" }));
    renderApp("/runs");
    expect(await screen.findByText(/runs:read/)).toBeInTheDocument();
  });
});
