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
  const tags: (string | null)[] = [];
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
    answers("get", "/api/v1/webhooks/{webhook_id}", webhook, { ETag: '"w7"' }),
    answers("get", "/api/v1/webhooks/{webhook_id}/deliveries", { items: [], next_cursor: null }),
    http.patch("*/api/v1/webhooks/:id", async ({ request }) => {
      tags.push(request.headers.get("If-Match"));
      sent.push(await request.json());
      return HttpResponse.json(webhook);
    }),
  );
  renderApp(`/webhook-endpoints/${webhook.id}`, { me });
  expect(await screen.findByText("OAuth2 client credentials, as openreg")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Change how it is reached" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByDisplayValue("X-Key")).toHaveAttribute("readonly");
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
  expect(tags).toEqual(['"w7"']);
});

it("does not undo what another has changed meanwhile", async () => {
  const webhook = {
    ...webhookOfTests,
    access: { header_names: ["X-Key"], authentication: null, ca_certificates: [], client_certificate: null },
  };
  let tag = '"w1"';
  server.use(
    http.get("*/api/v1/webhooks/:id", () => HttpResponse.json(webhook, { headers: { ETag: tag } })),
    answers("get", "/api/v1/webhooks/{webhook_id}/deliveries", { items: [], next_cursor: null }),
    http.patch("*/api/v1/webhooks/:id", ({ request }) =>
      request.headers.get("If-Match") === tag
        ? HttpResponse.json(webhook)
        : HttpResponse.json({ title: "Somebody else changed it", status: 412 }, { status: 412 }),
    ),
  );
  renderApp(`/webhook-endpoints/${webhook.id}`, { me });
  await userEvent.click(await screen.findByRole("button", { name: "Change how it is reached" }));
  const dialog = within(await screen.findByRole("dialog"));
  await dialog.findByDisplayValue("X-Key");
  tag = '"w2"';
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByRole("alert")).toHaveTextContent("Somebody else changed it");
});
