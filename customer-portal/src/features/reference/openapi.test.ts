import { expect, it } from "vitest";
import {
  exampleOf,
  exampleOfContent,
  headersOf,
  missingOf,
  operationsOf,
  parametersOf,
  pathOf,
  type OpenApi,
} from "./openapi";

const document: OpenApi = {
  paths: {
    "/health": { get: {} },
    "/external_api/v1/customers": { get: {} },
    "/external_api/v1/customers/keys": { get: {} },
    "/external_api/v1/datasets/{dataset}/entries": {
      get: {
        tags: ["reference data"],
        parameters: [
          { name: "dataset", in: "path", required: true, schema: { type: "string" } },
          { name: "fields", in: "query", schema: { type: "array", items: { type: "string" } } },
          { name: "as_of", in: "query", schema: { type: "string", format: "date" } },
          { name: "OpenReg-Version", in: "header", schema: { type: "string" } },
          { name: "authorization", in: "header", schema: { type: "string" } },
        ],
        responses: {
          "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/Page" } } } },
        },
      },
      post: { tags: ["reference data"] },
    },
  },
  components: {
    schemas: {
      Page: { properties: { items: { type: "array", items: { $ref: "#/components/schemas/Entry" } } } },
      Entry: {
        properties: {
          key: { type: "string", examples: ["XPAR"] },
          parent: { anyOf: [{ $ref: "#/components/schemas/Entry" }, { type: "null" }] },
          kind: { type: "string", enum: ["segment", "operating"] },
        },
      },
    },
  },
};
const [read] = operationsOf(document);
if (!read) throw new Error("the description has an operation");

it("shows what can be called with a key, and nothing of the portal or the machine room", () => {
  expect(operationsOf(document).map((one) => one.id)).toEqual([
    "get /external_api/v1/datasets/{dataset}/entries",
    "post /external_api/v1/datasets/{dataset}/entries",
  ]);
});

it("fills an address so that no value becomes another part of it", () => {
  const values = { dataset: "a/b?c", fields: ["key", "name"], as_of: "" };
  expect(pathOf(read, values)).toBe("/external_api/v1/datasets/a%2Fb%3Fc/entries?fields=key&fields=name");
  expect(headersOf(read, { "OpenReg-Version": "2026-11-01" })).toEqual({ "OpenReg-Version": "2026-11-01" });
  expect(parametersOf(read).map((one) => one.name)).not.toContain("authorization");
});

it("names what must be filled first", () => {
  expect(missingOf(read, {})).toEqual(["dataset"]);
  expect(missingOf(read, { dataset: "mic" })).toEqual([]);
});

it("makes an example that ends, also of what refers to itself", () => {
  const page = exampleOfContent(read.responses?.["200"]?.content, document) as {
    items: { key: string; kind: string }[];
  };
  expect(page.items[0]).toMatchObject({ key: "XPAR", kind: "segment" });
  expect(JSON.stringify(page).length).toBeLessThan(1000);
  expect(exampleOf({ anyOf: [{ type: "integer" }, { type: "null" }] }, document)).toBe(1);
});
