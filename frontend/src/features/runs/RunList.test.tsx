import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { renderApp } from "@/test/renderApp";
import { makeRun } from "./factories";
import { runStates } from "./states";

const counts = {
  items: runStates.map((state) => ({
    state,
    count: state === "failed" ? 1000 : 0,
    is_more: state === "failed",
  })),
};

beforeEach(() => {
  server.use(
    answers("get", "/api/v1/runs/counts", counts),
    answers("get", "/api/v1/reports", { items: [], next_cursor: null }),
  );
});

describe("the list of runs", () => {
  it("shows each run with state, date and duration", async () => {
    server.use(answers("get", "/api/v1/runs", { items: [makeRun()], next_cursor: null }));
    renderApp("/runs");
    const row = within(await screen.findByRole("row", { name: /0000000000aa/ }));
    expect(row.getByText("Succeeded")).toBeInTheDocument();
    expect(row.getByText("20 Nov 2026")).toBeInTheDocument();
    expect(row.getByText("12.0 s")).toBeInTheDocument();
  });

  it("counts the runs in each state, and says where there are more than were counted", async () => {
    server.use(answers("get", "/api/v1/runs", { items: [makeRun()], next_cursor: null }));
    renderApp("/runs?state=failed");
    const tab = await screen.findByRole("link", { name: "Failed1,000+" });
    expect(tab).toHaveAttribute("aria-current", "page");
    expect(screen.getByRole("link", { name: "Running0" })).toHaveAttribute("href", "/runs?state=running");
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
