import { describe, expect, it } from "vitest";
import { balanceOf } from "./RunCounts";
import { declaredParameters, lastWorkday, readParameters } from "./parameters";

const document = {
  source: {
    parameters: {
      desk: { type: "text", default: "London" },
      limit: { type: "integer", required: true },
      price: { type: "decimal" },
      is_test: { type: "boolean" },
    },
  },
};
const declared = declaredParameters(document);

describe("parameters of a run", () => {
  it("are read from the document of a version", () => {
    expect(declared.map((one) => [one.name, one.type, one.isRequired, one.defaultValue])).toEqual([
      ["desk", "text", false, "London"],
      ["limit", "integer", true, null],
      ["price", "decimal", false, null],
      ["is_test", "boolean", false, null],
    ]);
    expect(declaredParameters(undefined)).toEqual([]);
  });

  it("keep their type; decimals stay exact, empty ones are left to the default", () => {
    const typed = { desk: "", limit: " 12 ", price: "0.1000000000000000055", is_test: false };
    expect(readParameters(declared, typed)).toEqual({
      values: { limit: 12, price: "0.1000000000000000055", is_test: false },
      faults: {},
    });
  });

  it("are refused before they are sent when they cannot be right", () => {
    expect(Object.keys(readParameters(declared, { price: "ten" }).faults)).toEqual(["limit", "price"]);
    expect(Object.keys(readParameters(declared, { limit: "1.5" }).faults)).toEqual(["limit"]);
  });
});

it("proposes the last working day", () => {
  expect(lastWorkday(new Date(2026, 10, 27))).toBe("2026-11-26"); // a Friday
  expect(lastWorkday(new Date(2026, 10, 30))).toBe("2026-11-27"); // a Monday
  expect(lastWorkday(new Date(2026, 10, 29))).toBe("2026-11-27"); // a Sunday
});

it("claims that records are accounted for only where they must be", () => {
  const counts = { rows_in: 10, rows_out: 8, set_aside: 1, filtered: 1, excluded: 0, held: 0 };
  expect(balanceOf({ state: "partial", counts })).toBe("balanced");
  expect(balanceOf({ state: "succeeded", counts: { ...counts, rows_out: 7 } })).toBe("broken");
  expect(balanceOf({ state: "running", counts })).toBe("open");
  expect(balanceOf({ state: "failed", counts: { ...counts, rows_out: 0 } })).toBe("none");
});
