import { expect, it } from "vitest";
import { readDocument } from "./document";
import { nextColumn, withFormat } from "./outputFormat";

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
});
