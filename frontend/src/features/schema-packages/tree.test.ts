import { expect, test } from "vitest";
import type { SchemaElement } from "./api";
import { cardinality, excerptAt, levelKey, matching, visibleNodes } from "./tree";

const type = { name: "Text", primitive: "string", facets: {}, codes: [] };

function element(name: string, changes: Partial<SchemaElement> = {}): SchemaElement {
  return {
    name,
    namespace: "urn:t",
    step: `{urn:t}${name}`,
    minimum: 1,
    maximum: 1,
    choice: null,
    documentation: null,
    type,
    attributes: [],
    has_children: false,
    ...changes,
  };
}

const report = element("Report", { has_children: true });
const price = element("Price", {
  attributes: [{ name: "Ccy", namespace: "", required: true, type }],
  maximum: null,
});
const levels = new Map([
  [levelKey([]), [report]],
  [levelKey([report.step]), [element("LEI", { choice: 1 }), element("BIC", { choice: 1 }), price]],
]);

test("only what is open is in sight, attributes before elements", () => {
  expect(visibleNodes(levels, new Set()).map((one) => one.path)).toEqual(["Report"]);
  const nodes = visibleNodes(levels, new Set(["Report", "Report/Price"]));
  expect(nodes.map((one) => [one.path, one.level, one.position, one.siblings])).toEqual([
    ["Report", 1, 1, 1],
    ["Report/LEI", 2, 1, 3],
    ["Report/BIC", 2, 2, 3],
    ["Report/Price", 2, 3, 3],
    ["Report/Price/@Ccy", 3, 1, 1],
  ]);
  expect(nodes[1]?.alternatives).toEqual(["LEI", "BIC"]);
  expect(nodes.map((one) => one.repeating)).toEqual([[], [], [], [1], [1]]);
  expect(nodes.map(cardinality)).toEqual(["1", "1", "1", "1..n", "1"]);
});

test("a search keeps what is above its finds", () => {
  const nodes = visibleNodes(levels, new Set(["Report", "Report/Price"]));
  expect(matching(nodes, "ccy").map((one) => one.path)).toEqual([
    "Report",
    "Report/Price",
    "Report/Price/@Ccy",
  ]);
  expect(matching(nodes, "nothing")).toEqual([]);
});

test("an excerpt is cut around the place of the fault", () => {
  expect(excerptAt(["<a>", "<b>x</b>"], 2, 4)).toEqual({ before: "<b>", at: "x", after: "</b>" });
  const long = excerptAt(["y".repeat(300)], 1, 150);
  expect([long.before.length, long.at, long.after.length]).toEqual([61, "y", 60]);
  expect(excerptAt([], 7, 1)).toEqual({ before: "", at: "", after: "" });
});
