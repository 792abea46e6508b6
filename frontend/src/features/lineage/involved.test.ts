import { describe, expect, it } from "vitest";
import type { FieldValue, Lineage, SourceValue } from "./api";
import { shownValues } from "./involved";

const column = (name: string, value: string | null = "x"): SourceValue => ({
  column: name,
  type: "text",
  value,
  is_masked: false,
});

const field = (name: string, source_columns: string[], value: string | null = "x"): FieldValue => ({
  ...column(name, value),
  expression: source_columns.join(),
  source_columns,
  field_number: null,
  field_name: null,
  xpath: null,
  is_given: false,
});

type Parts = Pick<Lineage, "source" | "target" | "exception">;

/** A lineage of which only these parts matter. */
function lineage(columns: string[] | null): Lineage {
  const finding = {
    rule_id: "MR-01",
    severity: "correctable",
    message: "No.",
    fields: [],
    columns: columns ?? [],
    official: [],
  };
  const parts: Parts = {
    source: [column("amount"), column("desk", null)],
    target: [field("quantity", ["amount"]), field("office", ["desk"], null)],
    exception:
      columns === null
        ? null
        : { id: "e", state: "open", origin: "finding", findings: [finding], changes: [] },
  };
  return parts as Lineage;
}

const names = (values: SourceValue[]) => values.map((one) => one.column);

describe("what is shown of a record", () => {
  it("follows a field that failed back to its columns", () => {
    const shown = shownValues(lineage(["quantity"]), false);
    expect([names(shown.source), names(shown.fields)]).toEqual([["amount"], ["quantity"]]);
  });

  it("follows a column that failed on to the fields made of it", () => {
    const shown = shownValues(lineage(["desk"]), false);
    expect([names(shown.source), names(shown.fields)]).toEqual([["desk"], ["office"]]);
  });

  it("shows what is filled of a record that passed, and everything when asked", () => {
    expect(names(shownValues(lineage(null), false).fields)).toEqual(["quantity"]);
    expect(names(shownValues(lineage(null), true).fields)).toEqual(["quantity", "office"]);
  });
});
