import { expect, it } from "vitest";
import { blankDocument } from "./document";
import { exampleName, nextOutput, withLimits } from "./fileName";

const output = {
  format: "csv" as const,
  packaging: "none" as const,
  file_name: "{report}_{reporting_date}_{odd}",
};

it("the example replaces what is known and shows what is not", () => {
  expect(exampleName(output, "mifir", "2026-11-20")).toBe("mifir_2026-11-20_{odd}.csv");
  expect(exampleName({ ...output, packaging: "zip" }, "mifir", "2026-11-20")).toMatch(/\.zip$/);
  expect(exampleName({ ...output, format: "fixed_width", packaging: "gzip" }, "m", "2026-11-20")).toMatch(
    /\.txt\.gz$/,
  );
});

it("a split file gets its number into its name, once", () => {
  const split = withLimits(output, { max_records: 1000 });
  expect(split).toMatchObject({
    max_records: 1000,
    file_name: "{report}_{reporting_date}_{odd}_{file_number}",
  });
  expect(withLimits(split, { max_bytes: 5000 }).file_name).toBe(split.file_name);
  expect(withLimits(output, { max_records: null }).file_name).toBe(output.file_name);
});

it("another file gets a name of its own", () => {
  const first = blankDocument().outputs;
  const second = [...first, nextOutput(first)];
  const third = [...second, nextOutput(second)];
  expect(new Set(third.map((one) => one.file_name)).size).toBe(3);
});
