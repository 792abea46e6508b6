import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { SchemaElement, SchemaPackage } from "./api";

const me = { ...administrator, permissions: ["schemas:read", "schemas:install"] };
const id = "00000000-0000-7000-8000-0000000000aa";
const installed: SchemaPackage = {
  id,
  name: "trades.zip",
  sha256: "ab".repeat(32),
  files: [{ name: "a.xsd", namespace: "urn:a", sha256: "cd".repeat(32) }],
  installed_at: "2026-11-27T10:00:00Z",
  installed_by: "Ada Admin",
};
const path = "/api/v1/schema-packages/{package_id}";

function element(name: string, changes: Partial<SchemaElement> = {}): SchemaElement {
  const type = { name: "Text", primitive: "string", facets: { maxLength: "20" }, codes: ["NEWT", "CANC"] };
  return {
    name,
    namespace: "urn:a",
    step: name,
    minimum: 1,
    maximum: 1,
    choice: null,
    documentation: `What ${name} means`,
    type,
    attributes: [],
    has_children: false,
    ...changes,
  };
}

const levels: Record<string, SchemaElement[]> = {
  "": [element("Report", { has_children: true })],
  Report: [element("Action"), element("Trade", { has_children: true, maximum: null })],
  "Report Trade": [element("Price")],
};
const elements = answers("get", `${path}/elements`, (request) => ({
  items: levels[new URL(request.url).searchParams.getAll("step").join(" ")] ?? [],
}));

describe("installing", () => {
  test("a refusal is shown, and the package is shown once it is taken", async () => {
    server.use(
      answers("get", "/api/v1/schema-packages", { items: [] }),
      refuses("post", "/api/v1/schema-packages", 422, "schema_file_invalid", {
        detail: "a.xsd is not well-formed XML: line 3, column 7",
      }),
    );
    const { router } = renderApp("/schema-packages", { me });
    expect(await screen.findByText("No schemas are installed")).toBeInTheDocument();
    await userEvent.click(screen.getAllByRole("button", { name: "Install schemas" })[0] as HTMLElement);
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.upload(document.querySelector<HTMLInputElement>("input[type=file]") as HTMLInputElement, [
      new File(["<"], "a.xsd", { type: "application/xml" }),
    ]);
    await userEvent.click(dialog.getByRole("button", { name: "Install schemas" }));
    expect(await dialog.findByText("a.xsd is not well-formed XML: line 3, column 7")).toBeInTheDocument();

    server.use(
      answers("post", "/api/v1/schema-packages", installed),
      answers("get", path, { ...installed, reports: [] }),
      elements,
    );
    await userEvent.click(dialog.getByRole("button", { name: "Install schemas" }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/schema-packages/${id}`));
    expect(await screen.findByText("No report in use")).toBeInTheDocument();
  });
});

test("the keys of a tree open, close, walk and choose", async () => {
  server.use(answers("get", path, { ...installed, reports: [] }), elements);
  renderApp(`/schema-packages/${id}`, { me });
  const focused = () => document.activeElement?.getAttribute("data-path");
  (await screen.findByRole("treeitem", { name: /Report/ })).focus();
  await userEvent.keyboard("{ArrowRight}");
  await screen.findByRole("treeitem", { name: /Trade/ });
  await userEvent.keyboard("t");
  expect(focused()).toBe("Report/Trade");
  await userEvent.keyboard("{ArrowRight}");
  await screen.findByRole("treeitem", { name: /Price/ });
  await userEvent.keyboard("{ArrowRight} ");
  expect(focused()).toBe("Report/Trade/Price");
  const facts = within(screen.getByRole("region", { name: "The chosen element" }));
  expect(facts.getByText("What Price means")).toBeInTheDocument();
  expect(facts.getByText("maxLength")).toBeInTheDocument();
  expect(facts.getByText(/CANC/)).toBeInTheDocument();
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(focused()).toBe("Report/Trade");
  expect(screen.queryByRole("treeitem", { name: /Price/ })).not.toBeInTheDocument();
  await userEvent.keyboard("{Home}");
  expect(focused()).toBe("Report");
});

test("a document's faults stand at their places", async () => {
  server.use(
    answers("get", path, { ...installed, reports: [] }),
    answers("post", `${path}/check`, {
      is_valid: false,
      faults: [{ line: 2, column: 4, message: "'x' is not a decimal" }],
    }),
  );
  renderApp(`/schema-packages/${id}?tab=check`, { me });
  await screen.findByText(/It is checked against these schemas/);
  const input = document.querySelector<HTMLInputElement>("input[type=file]") as HTMLInputElement;
  await userEvent.upload(input, new File(["<a>\n<b>x</b></a>"], "a.xml", { type: "text/xml" }));
  const table = await screen.findByRole("table", { name: "Faults of the document" });
  expect(table).toHaveTextContent("2:4");
  expect(table).toHaveTextContent("<b>x</b></a>");
  expect(table.querySelector("mark")).toHaveTextContent("x");
});
