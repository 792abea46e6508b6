import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import { webhookOfTests } from "./webhookOfTests";

const EVENT = "0191f2a4-1c7b-7e11-8e4d-5a2b3c4d5e6f";

it("finds the deliveries of one event by its id, and asks for no id that cannot be one", async () => {
  const asked: (string | null)[] = [];
  server.use(
    answers("get", "/api/v1/webhooks/{webhook_id}", webhookOfTests),
    answers("get", "/api/v1/webhooks/event-types", { items: [] }),
    answers("get", "/api/v1/webhooks/{webhook_id}/deliveries/counts", { items: [] }),
    http.get("*/api/v1/webhooks/:id/deliveries", ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("event_id"));
      return HttpResponse.json({ items: [], next_cursor: null });
    }),
  );
  const me = { ...administrator, permissions: ["webhooks:read", "webhooks:write"] };
  renderApp(`/webhook-endpoints/${webhookOfTests.id}/deliveries`, { me });
  const field = await screen.findByRole("textbox", { name: "Id of the event" });
  await userEvent.type(field, "run.completed{Enter}");
  expect(await screen.findByText(/An id has the form/)).toBeInTheDocument();
  await userEvent.clear(field);
  await userEvent.type(field, `${EVENT}{Enter}`);
  await expect.poll(() => asked.at(-1)).toBe(EVENT);
  expect(new Set(asked)).toEqual(new Set([null, EVENT]));
  expect(screen.queryByText(/An id has the form/)).not.toBeInTheDocument();
});
