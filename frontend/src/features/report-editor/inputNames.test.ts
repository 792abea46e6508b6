import { describe, expect, it } from "vitest";
import { firstJoin, nameFault, renamed, without, type Inputs } from "./inputNames";

const input = { query: "q", key: ["id"], missing: "null" as const };
const inputs: Inputs = { b: input, a: { ...input, key: [] } };

describe("names of inputs", () => {
  it("are refused with the reason", () => {
    expect(["c", "source", "1c", "C", "", "a"].map((name) => nameFault(name, inputs))).toEqual([
      null,
      "invalid",
      "invalid",
      "invalid",
      "invalid",
      "taken",
    ]);
  });

  it("change without changing the order, and go with their input", () => {
    expect(Object.entries(renamed(inputs, "b", "z"))).toEqual([
      ["z", input],
      ["a", inputs["a"]],
    ]);
    expect(Object.keys(without(inputs, "b"))).toEqual(["a"]);
  });

  it("stand in the join that is begun with", () => {
    expect(firstJoin(inputs)).toBe(
      "SELECT source.*\n  FROM source\n  LEFT JOIN b ON b.id = source.id\n  LEFT JOIN a ON a.… = source.…",
    );
  });
});
