import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { Webhook } from "./api";

const me = { ...administrator, permissions: ["webhooks:read", "webhooks:write"] };
const webhook: Webhook = {
  id: "00000000-0000-7000-8000-0000000000e1",
  url: "https://partner.example/events",
  description: "",
  event_types: ["run.*"],
  report_ids: [],
  regimes: [],
  allowed_addresses: [],
  timeout_seconds: 15,
  retry_waits: [],
  max_concurrent: 20,
  max_per_minute: null,
  is_ordered: false,
  health: {
    breaker: "closed",
    opened_at: null,
    probe_at: null,
    failing_since: null,
    consecutive_failures: 0,
  },
  access: { header_names: [], authentication: null, ca_certificates: [], client_certificate: null },
  public_key: null,
  former_secrets_until: null,
  is_active: true,
  disabled_reason: null,
  created_at: "2026-11-20T18:00:00Z",
};

it("shows the signing secret once, and asks before it is closed uncopied", async () => {
  server.use(
    answers("get", "/api/v1/webhooks/event-types", { items: [] }),
    answers("get", "/api/v1/reports", { items: [], next_cursor: null }),
    answers("get", "/api/v1/regulations", { items: [], packs: [] }),
    answers("post", "/api/v1/webhooks", { ...webhook, secret: "whsec_of_a_test" }),
    answers("get", "/api/v1/webhooks/{webhook_id}", webhook),
    answers("get", "/api/v1/webhooks/{webhook_id}/deliveries", { items: [], next_cursor: null }),
  );
  const { queries } = renderApp("/webhook-endpoints/new", { me });
  fireEvent.change(await screen.findByRole("textbox", { name: "Address" }), {
    target: { value: webhook.url },
  });
  await userEvent.click(screen.getByRole("button", { name: "Create webhook" }));
  expect(await screen.findByText("whsec_of_a_test")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  await userEvent.click(screen.getByRole("button", { name: "Close without copying" }));
  expect(await screen.findByText("Nothing was sent yet")).toBeInTheDocument();
  expect(screen.queryByText("whsec_of_a_test")).not.toBeInTheDocument();
  const kept = queries
    .getMutationCache()
    .getAll()
    .map((one) => one.state.data);
  expect(JSON.stringify(kept)).not.toContain("whsec_of_a_test");
});
