import { describe, expect, it } from "vitest";
import { slugOf } from "./slug";

describe("the slug of a name", () => {
  it.each([
    ["MiFIR daily", "mifir-daily"],
    ["  Café & Été / 2026  ", "cafe-ete-2026"],
    ["!!!", ""],
    ["-- a --", "a"],
  ])("of %j is %j", (name, slug) => expect(slugOf(name)).toBe(slug));

  it("is as long as the API allows, and never ends in a hyphen", () => {
    expect(slugOf("x".repeat(80))).toHaveLength(63);
    expect(slugOf(`${"x".repeat(62)} y`)).toBe("x".repeat(62));
  });
});
