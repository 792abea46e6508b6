import { describe, expect, it } from "vitest";
import { proposeMappings, SURE } from "./autoMap";

const target = (name: string, title = name, type = "text") => ({ name, title, type });
const column = (name: string, type = "text") => ({ name, type });
const none = new Set<string>();

describe("a proposal for a field", () => {
  it.each([
    ["buyer_lei", "BUYER_LEI", 100, "same_name"],
    ["buyer_lei", "lei_buyer", 95, "same_words"],
    ["price_currency", "px_ccy", 95, "same_words"],
    ["transaction_reference_number", "tradeRefNo", 95, "same_words"],
  ])("%s from %s is %i %% sure", (name, source, confidence, reason) => {
    expect(proposeMappings([target(name)], [column(source)], none)).toEqual([
      { target: name, column: source, confidence, reason },
    ]);
  });

  it("knows the title of the field", () => {
    const found = proposeMappings(
      [target("cfi", "Instrument classification")],
      [column("instrument_classification")],
      none,
    );
    expect(found[0]).toMatchObject({ confidence: 90, reason: "same_title" });
  });

  it("is less sure when the types differ", () => {
    const found = proposeMappings(
      [target("quantity", "q", "decimal(18, 5)")],
      [column("quantity", "text")],
      none,
    );
    expect(found[0]?.confidence).toBe(85);
    expect(
      proposeMappings([target("n", "n", "decimal(9, 0)")], [column("n", "integer")], none)[0]?.confidence,
    ).toBe(100);
  });

  it("is not made for what is mapped, for a guess, or between two that are as likely", () => {
    expect(proposeMappings([target("isin")], [column("isin")], new Set(["isin"]))).toEqual([]);
    expect(proposeMappings([target("buyer_birth_date")], [column("seller_name")], none)).toEqual([]);
    expect(
      proposeMappings([target("buyer_lei")], [column("lei_buyer"), column("buyer_LEI_")], none),
    ).toHaveLength(1);
    expect(proposeMappings([target("a_b_c")], [column("b_c_a"), column("c_a_b")], none)).toEqual([]);
  });

  it("of some shared words is never chosen beforehand", () => {
    const found = proposeMappings([target("instrument_full_name")], [column("instrument_name")], none);
    expect(found[0]?.reason).toBe("some_words");
    expect(found[0]?.confidence).toBeLessThan(SURE);
  });
});
