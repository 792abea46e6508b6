import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@/test/renderApp";

test("what looks like a button and leads to a page is a link: it opens in another tab, and its address is copied", async () => {
  renderApp("/no-such-page");
  expect(await screen.findByRole("link", { name: "Go to the start" })).toHaveAttribute("href", "/");
});
