import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { expect, test } from "vitest";
import { owner, renderPortal } from "@/test/renderPortal";
import { answers, server } from "@/test/server";

const SECRET = "openreg_live_secret-of-a-test";

test("a key is made once, of what the plan includes, and its secret leaves the page with the dialog", async () => {
  const asked: { body: unknown; once: string | null }[] = [];
  const key = {
    id: "00000000-0000-7000-8000-000000000003",
    name: "Import",
    is_test: false,
    prefix: "openreg_live_se",
    last_four: "test",
    scopes: ["reports:read"],
    networks: [],
    api_version: "2026-11-28",
    rate_limit_per_minute: null,
    expires_at: null,
    created_at: "2026-11-28T09:00:00Z",
    rotated_at: null,
    previous_until: null,
    last_used_at: null,
    last_used_address: null,
    revoked_at: null,
    state: "active",
  };
  server.use(
    answers("get", "/keys", () => HttpResponse.json({ items: asked.length ? [key] : [], next_cursor: null })),
    answers("post", "/keys", async ({ request }) => {
      asked.push({ body: await request.json(), once: request.headers.get("Idempotency-Key") });
      return HttpResponse.json({ ...key, secret: SECRET }, { status: 201 });
    }),
  );
  renderPortal("/keys?create=true");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Name"), "Import");
  expect(screen.getByLabelText("Reference data")).toBeDisabled();
  await user.click(screen.getByLabelText("Your own usage"));
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Create a key" }));
  const dialog = await screen.findByRole("dialog", { name: "Key “Import”" });
  expect(within(dialog).getByRole("region", { name: "Code of the call" })).toHaveTextContent(
    `Bearer ${SECRET}`,
  );
  expect(asked).toHaveLength(1);
  expect(asked[0]?.once).toBeTruthy();
  expect(asked[0]?.body).toMatchObject({ name: "Import", scopes: ["reports:read"] });
  await user.click(within(dialog).getByRole("button", { name: "Done" }));
  expect(screen.getByRole("alert")).toHaveTextContent("You have not copied it");
  await user.click(within(dialog).getByRole("button", { name: "Close without copying" }));
  expect(await screen.findByRole("row", { name: /Import/ })).toBeVisible();
  expect(document.body).not.toHaveTextContent(SECRET);
});

test("a page of keys says why all are refused", async () => {
  server.use(answers("get", "/keys", { items: [], next_cursor: null }));
  renderPortal("/keys", { ...owner, plan_until: "2026-01-01T00:00:00Z" });
  expect(await screen.findByText("The plan has ended, so keys are refused")).toBeVisible();
});
