import { render, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { App } from "@/App";
import { messages } from "@/messages";
import { server } from "@/test/server";

const READY = "http://localhost:3000/ready";

test("the page says that sign-in is closed, what comes, and where the API is described", async () => {
  render(<App isTest />);
  expect(screen.getByRole("heading", { name: "Customer portal" })).toBeVisible();
  expect(screen.getByRole("note")).toHaveTextContent("Sign-in is not open yet");
  expect(within(screen.getByRole("list")).getAllByRole("listitem")).toHaveLength(messages.coming.length);
  expect(screen.getByRole("link")).toHaveAttribute("href", "http://localhost:3000/docs");
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(await screen.findByText(messages.service.available)).toBeVisible();
});

test("a service that refuses is not available", async () => {
  const refused = { status: "not_ready", checks: { database: "PostgreSQL does not answer" } };
  server.use(http.get(READY, () => HttpResponse.json(refused, { status: 503 })));
  render(<App isTest />);
  expect(screen.getByRole("status")).toHaveTextContent(messages.service.asking);
  expect(await screen.findByText(messages.service.away)).toBeVisible();
});

test("a service that cannot be reached is not available", async () => {
  server.use(http.get(READY, () => HttpResponse.error()));
  render(<App isTest />);
  expect(await screen.findByText(messages.service.away)).toBeVisible();
});
