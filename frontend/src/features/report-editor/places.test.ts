import { describe, expect, it } from "vitest";
import { countByStep, faultText, placeOf } from "./places";

const fault = (pointer: string, code = "refused", detail = "It is wrong.") => ({ pointer, code, detail });

describe("the place of a problem", () => {
  it.each([
    ["/fields/buyer_lei", { step: "fields", field: "buyer_lei", label: "buyer_lei" }],
    ["/rules/1/expression", { step: "rules", label: "Own rules 2 expression" }],
    ["/rule_sets/0", { step: "rules", label: "Rule sets" }],
    ["/eligibility/1/when", { step: "eligibility", label: "Decision 2" }],
    ["/outputs/0/file_name", { step: "output", label: "File 1" }],
    ["/source/query", { step: "source", label: "Query" }],
    ["/deliver_to/0", { step: "output", label: "Route 1" }],
    ["/deliver_to", { step: "output", label: "Output" }],
    ["", { step: "review", label: "The document" }],
  ])("%j", (pointer, place) => expect(placeOf(pointer)).toEqual(place));
});

describe("what a problem says", () => {
  it("is a request where something was not chosen yet", () => {
    expect(faultText(fault("/source/connector_id", "missing"))).toMatch(/Choose the connector/);
    expect(faultText(fault("/fields", "too_short"))).toMatch(/at least one field/);
  });

  it("is the API's own sentence otherwise, with the way out", () => {
    expect(faultText({ ...fault("/fields/a"), fix: "Write b." })).toBe("It is wrong. Write b.");
    expect(faultText({ ...fault("/fields/a"), suggestion: "price" })).toBe("It is wrong. Is price meant?");
  });
});

it("problems are counted by step", () => {
  expect(countByStep([fault("/fields/a"), fault("/fields/b"), fault("/filter")])).toEqual({
    fields: 2,
    source: 1,
  });
});
