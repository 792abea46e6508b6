import { expect, it } from "vitest";
import { readDocument } from "./document";
import { choiceOf, nextColumn, withFormat } from "./outputFormat";

const [output] = readDocument({
  outputs: [{ format: "csv", packaging: "zip", max_bytes: 5000, csv: { separator: ";" } }],
}).outputs;

it("options of another format go with the format", () => {
  if (!output) throw new Error("the document has a file");
  expect(withFormat(output, "json", ["a"])).not.toHaveProperty("csv");
  expect(withFormat(output, "json", ["a"])).toMatchObject({ packaging: "zip", max_bytes: 5000 });
  expect(withFormat(output, "xlsx", ["a"])).toMatchObject({ packaging: "none" });
  expect(withFormat(output, "xlsx", ["a"])).not.toHaveProperty("max_bytes");
});

it("XML of own schemas is a format of its own, and keeps its mapping", () => {
  if (!output) throw new Error("the document has a file");
  const own = withFormat(output, "own_xml", ["a"]);
  expect([own.format, choiceOf(own), own.xml?.fields]).toEqual(["xml", "own_xml", {}]);
  const mapped = { ...own, xml: { schema_package_id: "p", record: "R/T", fields: { A: "a" } } };
  expect(withFormat(mapped, "own_xml", ["a"]).xml).toEqual(mapped.xml);
  expect(withFormat(mapped, "xml", ["a"])).not.toHaveProperty("xml");
});

it("fields of fixed width get places that do not overlap", () => {
  if (!output) throw new Error("the document has a file");
  const columns = withFormat(output, "fixed_width", ["a", "b"]).fixed_width?.columns ?? [];
  expect(columns.map((one) => [one.field, one.start, one.length])).toEqual([
    ["a", 1, 20],
    ["b", 21, 20],
  ]);
  expect(nextColumn(columns, ["a", "b", "c"])).toMatchObject({ field: "c", start: 41 });
  expect(nextColumn([], [])).toMatchObject({ field: "", start: 1 });
});

it("every option of a file survives being read", () => {
  const written = {
    format: "fixed_width",
    packaging: "gzip",
    file_name: "f",
    fixed_width: { columns: [{ field: "a", start: 3, length: 4, padding: "0" }], encoding: "latin-1" },
  };
  expect(readDocument({ outputs: [written] }).outputs[0]).toMatchObject(written);
  const xml = { schema_package_id: "p", record: "R/T", elements: { "R/@v": "1" }, fields: { A: "a" } };
  expect(readDocument({ outputs: [{ format: "xml", xml }] }).outputs[0]).toMatchObject({ xml });
});
