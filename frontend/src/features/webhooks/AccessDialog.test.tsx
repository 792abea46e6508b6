import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import { webhookOfTests } from "./webhookOfTests";

const me = { ...administrator, permissions: ["webhooks:read", "webhooks:write"] };

it("shows names and ends of certificates only, and sends only what was changed", async () => {
  const sent: unknown[] = [];
  const webhook = {
    ...webhookOfTests,
    access: {
      header_names: ["X-Key"],
      authentication: {
        kind: "oauth2" as const,
        username: null,
        token_url: "https://id.example/token",
        client_id: "openreg",
        scope: "",
        sent_in: "header" as const,
      },
      ca_certificates: [{ subject: "CN=House", expires_at: "2030-01-02T00:00:00Z", sha256: "aa" }],
      client_certificate: null,
    },
  };
  server.use(
    answers("get", "/api/v1/webhooks/{webhook_id}", webhook),
    answers("get", "/api/v1/webhooks/{webhook_id}/deliveries", { items: [], next_cursor: null }),
    http.patch("*/api/v1/webhooks/:id", async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(webhook);
    }),
  );
  renderApp(`/webhook-endpoints/${webhook.id}`, { me });
  expect(await screen.findByText("OAuth2 client credentials, as openreg")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Change how it is reached" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByDisplayValue("X-Key")).toHaveAttribute("readonly");
  await userEvent.click(dialog.getByRole("button", { name: "Replace: Authentication" }));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(sent).toEqual([]);
  fireEvent.change(dialog.getByLabelText(/Client secret/), { target: { value: "word" } });
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await screen.findByText("From now on the endpoint is reached like this");
  expect(sent).toEqual([
    {
      access: {
        authentication: {
          kind: "oauth2",
          token_url: "https://id.example/token",
          client_id: "openreg",
          client_secret: "word",
          scope: "",
          sent_in: "header",
        },
      },
    },
  ]);
});
