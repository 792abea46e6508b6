import { safeNext } from "@openreg/ui";
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, describe, expect, it } from "vitest";
import { session } from "@/api/client";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";

const token = { status: "signed_in" as const, access_token: "token-of-a-test", expires_in: 900 };

async function fillIn() {
  await userEvent.type(await screen.findByLabelText("E-mail"), "ada@openreg.localhost");
  await userEvent.type(screen.getByLabelText("Password"), "a password");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

// Whoever one test has signed in is gone before the next one begins.
afterEach(async () => {
  cleanup();
  server.use(
    http.post("http://localhost:3000/api/v1/auth/logout", () => new HttpResponse(null, { status: 204 })),
  );
  await session.end("logout");
});

describe("signing in", () => {
  it("goes on to the page one came for", async () => {
    server.use(
      answers("post", "/api/v1/auth/login", token),
      answers("get", "/api/v1/auth/me", administrator),
      answers("get", "/api/v1/runs", { items: [], next_cursor: null }),
    );
    const { router } = renderApp("/login?next=%2Faccount", { me: null });
    await fillIn();
    expect(await screen.findByRole("heading", { name: "Account" })).toBeInTheDocument();
    expect(router.state.location.pathname).toBe("/account");
    expect(session.state).toBe("signed_in");
  });

  it("asks for the second factor, and sends the code with the challenge", async () => {
    const sent: unknown[] = [];
    server.use(
      answers("post", "/api/v1/auth/login", { status: "second_factor_required", challenge: "a-challenge" }),
      http.post("http://localhost:3000/api/v1/auth/login/second-factor", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(
          { type: "x", title: "Refused", status: 401, code: "second_factor_refused" },
          { status: 401 },
        );
      }),
    );
    renderApp("/login", { me: null });
    await fillIn();
    await userEvent.type(await screen.findByLabelText(/Code/), " 123456 ");
    await userEvent.click(screen.getByRole("button", { name: "Confirm" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The code is not right");
    expect(sent).toEqual([{ challenge: "a-challenge", code: "123456" }]);
  });

  it("says how long to wait after too many attempts", async () => {
    server.use(refuses("post", "/api/v1/auth/login", 429, "sign_in_delayed", {}, { "Retry-After": "120" }));
    renderApp("/login", { me: null });
    await fillIn();
    expect(await screen.findByRole("alert")).toHaveTextContent("Try again in 2 minutes");
  });

  it("says why a session has ended", async () => {
    renderApp("/login?reason=idle", { me: null });
    expect(await screen.findByText(/nothing happened for a while/)).toBeInTheDocument();
  });

  it.each([
    ["/runs?state=failed", "/runs?state=failed"],
    ["//evil.example", "/"],
    ["https://evil.example", "/"],
    ["/\\evil.example", "/"],
    [undefined, "/"],
  ])("goes from next=%s to %s", (next, target) => expect(safeNext(next)).toBe(target));
});
