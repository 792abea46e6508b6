import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { owner, renderPortal } from "@/test/renderPortal";
import { answers, server } from "@/test/server";
import type { Offer, Subscription } from "./api";

const plan = owner.plan;
if (!plan) throw new Error("the owner of tests has a plan");
const small: Offer = {
  ...plan,
  key: "small",
  name: "Small",
  price: { amount: 4900, currency: "eur", interval: "month", interval_count: 1 },
  is_for_sale: true,
  is_current: false,
  trial_days: 0,
};
const large: Offer = {
  ...small,
  key: "large",
  name: "Large",
  price: { ...small.price, amount: 19900 } as Offer["price"],
};
const nothing: Subscription = {
  mode: "stripe",
  has_access: false,
  plan: null,
  access_until: null,
  status: null,
  current_period_end: null,
  cancel_at_period_end: false,
  ends_at: null,
  ended_at: null,
  trial_end: null,
  is_payment_failing: false,
  open_invoice_url: null,
  checked_at: null,
  stripe_unheard_since: null,
};
const running: Subscription = { ...nothing, has_access: true, plan: small, status: "active" };
const mayPay = { ...owner, rights: [...owner.rights, "billing:read" as const, "billing:write" as const] };

function offered(mode: "stripe" | "by_hand", items: Offer[], subscription: Subscription) {
  server.use(
    answers("get", "/billing/plans", { mode, may_try: false, publishable_key: null, items }),
    answers("get", "/billing/subscription", { ...subscription, mode }),
  );
}

beforeEach(() => server.use(answers("get", "/keys", { items: [], next_cursor: null })));

test("plans that the publisher gives by hand offer nothing to press", async () => {
  offered("by_hand", [{ ...small, is_for_sale: false, price: null }], nothing);
  renderPortal("/plan", mayPay);
  expect(await screen.findByText("Plans are given by the publisher")).toBeVisible();
  expect(within(await screen.findByRole("region", { name: "Small" })).queryByRole("button")).toBeNull();
});

test("who has paid waits for the payment service and is not offered to pay again", async () => {
  let asked = 0;
  offered("stripe", [small], nothing);
  server.use(
    answers("get", "/billing/subscription", () => HttpResponse.json((asked += 1) < 3 ? nothing : running)),
  );
  renderPortal("/plan?checkout=done", mayPay);
  expect(await screen.findByText("Payment received, activating…")).toBeVisible();
  await screen.findByRole("region", { name: "Small" });
  expect(screen.queryByRole("button", { name: /Choose and pay/ })).toBeNull();
  expect(await screen.findByText("“Small” is active", {}, { timeout: 12_000 })).toBeVisible();
});

test("who left the payment page finds the choice again", async () => {
  offered("stripe", [large, small], nothing);
  renderPortal("/plan?checkout=cancelled&plan=large", mayPay);
  expect(await screen.findByText("Nothing was paid")).toBeVisible();
  const regions = (await screen.findAllByRole("region")).map((one) => one.getAttribute("data-chosen"));
  expect(regions).toEqual([null, "true"]); // the cheaper one stands first
});

test("a change costs what its preview said", async () => {
  const counted_from = "2026-11-28T12:00:00Z";
  const asked: unknown[] = [];
  offered("stripe", [{ ...small, is_current: true }, large], running);
  server.use(
    answers("post", "/billing/subscription/preview", {
      currency: "eur",
      amount_due: 15000,
      counted_from,
      lines: [
        { description: "Unused time", amount: -4900, is_proration: true },
        { description: "Large", amount: 19900, is_proration: true },
      ],
    }),
    answers("post", "/billing/subscription/change", async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ ...running, plan: large });
    }),
  );
  renderPortal("/plan", mayPay);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change to this plan" }));
  const dialog = await screen.findByRole("dialog", { name: "Change to “Large”" });
  expect(await within(dialog).findByText(/€150.00 is charged now/)).toBeVisible();
  expect(within(dialog).getByText("-€49.00")).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Change to this plan" }));
  await waitFor(() => expect(asked).toEqual([{ plan: "large", counted_from }]));
});

test("a failing payment is said on every page, with the day on which keys stop", async () => {
  const until = "2026-12-05T12:00:00Z";
  offered("stripe", [small], {
    ...running,
    status: "past_due",
    is_payment_failing: true,
    access_until: until,
  });
  renderPortal("/keys", mayPay);
  expect(await screen.findByText(/The last payment failed.*keys stop on 5 Dec 2026/)).toBeVisible();
});
