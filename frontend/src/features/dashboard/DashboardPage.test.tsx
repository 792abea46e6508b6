import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { makeRun } from "@/features/runs/factories";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { Dashboard } from "./api";

const today: NonNullable<Dashboard["runs"]>["today"] = {
  pending: 0,
  running: 0,
  cancelling: 0,
  succeeded: 3,
  partial: 0,
  failed: 1,
  cancelled: 0,
};

function makeDashboard(changes: Partial<Dashboard> = {}): Dashboard {
  return {
    day: "2026-11-20",
    time_zone: "Europe/Amsterdam",
    runs: {
      today,
      held_count: 0,
      open_exceptions: 12,
      failed: [makeRun({ state: "failed" })],
      held: [],
      unfinished: [],
      reports: [
        {
          report_id: "00000000-0000-7000-8000-0000000000bb",
          report_name: "MiFIR transactions",
          days: [{ day: "2026-11-20", succeeded: 3, partial: 0, failed: 1, cancelled: 0, unfinished: 0 }],
        },
      ],
    },
    approvals: { waiting: 2, for_me: 1 },
    deliveries: { failed: 0, retrying: 0 },
    checklist: null,
    ...changes,
  };
}

const shows = (dashboard: Dashboard) => server.use(answers("get", "/api/v1/dashboard", dashboard));

describe("the dashboard", () => {
  it("counts what needs somebody, and each figure opens its list", async () => {
    shows(makeDashboard({ deliveries: { failed: 2, retrying: 0 } }));
    renderApp("/");
    const attention = within(await screen.findByRole("region", { name: "Needs attention" }));
    expect(attention.getByRole("link", { name: /Failed runs, 7 days\s*1/ })).toHaveAttribute(
      "href",
      "/runs?state=failed",
    );
    expect(attention.getByRole("link", { name: /Held runs\s*0/ })).toHaveAttribute(
      "href",
      "/runs?is_held=true",
    );
    expect(attention.getByRole("link", { name: /Deliveries.*\s*2/ })).toHaveAttribute(
      "href",
      "/deliveries?state=failed",
    );
    expect(attention.getByText("2 in review")).toBeInTheDocument();
    expect(screen.getByText("20 Nov 2026 in Europe/Amsterdam")).toBeInTheDocument();
  });

  it("says what the bars show, and shows the same figures as a table", async () => {
    shows(makeDashboard());
    renderApp("/");
    expect(
      await screen.findByRole("img", { name: "MiFIR transactions: 4 runs, 1 failed" }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole("radio", { name: "Table" }));
    const table = within(screen.getByRole("table", { name: "Last 14 days" }));
    const cells = table.getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells).toEqual(["20 Nov 2026", "3", "0", "1", "0", "0"]);
  });

  it("shows the first steps until all are taken", async () => {
    shows(
      makeDashboard({
        checklist: [
          { step: "connector", is_done: false },
          { step: "report", is_done: false },
        ],
      }),
    );
    renderApp("/", { me: { ...administrator, permissions: ["connectors:write"] } });
    expect(await screen.findByRole("link", { name: "Connect a source" })).toHaveAttribute(
      "href",
      "/connectors/new",
    );
  });

  it("says who takes a step that the reader may not take", async () => {
    shows(makeDashboard({ checklist: [{ step: "connector", is_done: false }] }));
    renderApp("/", { me: { ...administrator, permissions: ["connectors:read"] } });
    expect(await screen.findByText(/Somebody whose role may do this/)).toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "Connect a source" })).not.toBeInTheDocument();
  });

  it("says so when nothing needs attention", async () => {
    const quiet = makeDashboard();
    shows({
      ...quiet,
      approvals: { waiting: 0, for_me: 0 },
      runs: quiet.runs && { ...quiet.runs, failed: [], open_exceptions: 0 },
    });
    renderApp("/");
    expect(await screen.findByText("Nothing needs attention")).toBeInTheDocument();
  });

  it("shows those who may see nothing what to do", async () => {
    shows(makeDashboard({ runs: null, approvals: null, deliveries: null }));
    renderApp("/");
    expect(await screen.findByText(/Your roles show nothing here/)).toBeInTheDocument();
  });

  it("offers another try when the answer does not come", async () => {
    server.use(refuses("get", "/api/v1/dashboard", 503, "unavailable", { detail: "Come back later." }));
    renderApp("/");
    expect(await screen.findByText("Come back later.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Retry" })).toBeInTheDocument();
  });
});
