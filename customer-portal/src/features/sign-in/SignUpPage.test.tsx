import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderPortal } from "@/test/renderPortal";
import { answers, server } from "@/test/server";

async function fillIn(email: string) {
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Company"), " Reader Ltd ");
  await user.type(screen.getByLabelText("Your name"), "Rita Reader");
  await user.type(screen.getByLabelText("E-mail"), email);
  await user.type(screen.getByLabelText("Password"), "glacier-ochre-violin-42");
  await user.click(screen.getByRole("button", { name: "Create the account" }));
  return user;
}

test("a mistyped address is put right without typing the rest again", async () => {
  const asked: unknown[] = [];
  server.use(
    answers("post", "/sign-up", async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ status: "mailed" }, { status: 202 });
    }),
  );
  renderPortal("/sign-up", null);
  const user = await fillIn("rita@raeder.example");
  expect(await screen.findByRole("status")).toHaveTextContent("rita@raeder.example");
  expect(screen.getByRole("button", { name: /Send it again/ })).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "The address is wrong" }));
  const address = screen.getByLabelText("E-mail");
  await user.clear(address);
  await user.type(address, "rita@reader.example");
  await user.click(screen.getByRole("button", { name: "Create the account" }));
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]).toEqual({
    company: "Reader Ltd",
    full_name: "Rita Reader",
    email: "rita@reader.example",
    password: "glacier-ochre-violin-42",
  });
});

test("a weak password is said at its field, and nothing typed is lost", async () => {
  const problem = {
    code: "password_too_weak",
    title: "The password is too weak",
    errors: [{ pointer: "/body/password", detail: "It is too common." }],
  };
  server.use(answers("post", "/sign-up", problem, 422));
  renderPortal("/sign-up", null);
  await fillIn("rita@reader.example");
  expect(await screen.findByText("It is too common.")).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveValue("rita@reader.example");
});
