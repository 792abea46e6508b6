import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { WebhookStats } from "./api";
import { webhookOfTests as webhook } from "./webhookOfTests";

const me = { ...administrator, permissions: ["webhooks:read", "webhooks:write"] };

const nothingSent: WebhookStats = {
  since: "2026-11-20T18:00:00Z",
  attempts: 0,
  succeeded: 0,
  success_rate: null,
  retries: 0,
  p50_ms: null,
  p95_ms: null,
  p99_ms: null,
  answers: [],
  pending: 0,
  oldest_pending_at: null,
  points: [],
};

it("shows the signing secret once, and asks before it is closed uncopied", async () => {
  server.use(
    answers("get", "/api/v1/webhooks/event-types", { items: [] }),
    answers("get", "/api/v1/reports", { items: [], next_cursor: null }),
    answers("get", "/api/v1/regulations", { items: [], packs: [] }),
    answers("post", "/api/v1/webhooks", { ...webhook, secret: "whsec_of_a_test" }),
    answers("get", "/api/v1/webhooks/{webhook_id}", webhook),
    answers("get", "/api/v1/webhooks/{webhook_id}/stats", nothingSent),
  );
  const { queries } = renderApp("/webhook-endpoints/new", { me });
  fireEvent.change(await screen.findByRole("textbox", { name: "Address" }), {
    target: { value: webhook.url },
  });
  await userEvent.click(screen.getByRole("button", { name: "Create webhook" }));
  expect(await screen.findByText("whsec_of_a_test")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  await userEvent.click(screen.getByRole("button", { name: "Close without copying" }));
  expect(await screen.findByText("Nothing waits")).toBeInTheDocument();
  expect(screen.queryByText("whsec_of_a_test")).not.toBeInTheDocument();
  const kept = queries
    .getMutationCache()
    .getAll()
    .map((one) => one.state.data);
  expect(JSON.stringify(kept)).not.toContain("whsec_of_a_test");
});
