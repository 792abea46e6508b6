import { describe, expect, it } from "vitest";
import {
  changesForMany,
  changesOf,
  draftForMany,
  draftOf,
  isChanged,
  withCurrent,
  withDraft,
} from "./drafts";

describe("what is about to be changed", () => {
  it("tells NULL from an empty text", () => {
    const nothing = draftOf("source", "birth_date", null);
    expect(isChanged(nothing)).toBe(false);
    expect(changesOf([{ ...nothing, isNull: false }])).toEqual([
      { frame: "source", column: "birth_date", old: null, new: "" },
    ]);
    const empty = draftOf("source", "comment", "");
    expect(changesOf([{ ...empty, isNull: true }])).toEqual([
      { frame: "source", column: "comment", old: "", new: null },
    ]);
  });

  it("keeps spaces and every digit", () => {
    const price = draftOf("source", "price", "1.10");
    expect(changesOf([{ ...price, typed: "1.100 " }])[0]?.new).toBe("1.100 ");
  });

  it("sends only what differs", () => {
    const drafts = [draftOf("source", "quantity", "0"), draftOf("source", "price", "12.5")];
    const changed = withDraft(drafts, { ...draftOf("source", "quantity", "0"), typed: "7" });
    expect(changesOf(changed)).toEqual([{ frame: "source", column: "quantity", old: "0", new: "7" }]);
    expect(changed[1]).toBe(drafts[1]);
  });

  it("gives many records one value, nothing, or what an expression makes of each", () => {
    const draft = draftForMany("source", "trade_ref");
    expect(changesForMany([draft])).toEqual([{ frame: "source", column: "trade_ref", new: "" }]);
    expect(changesForMany([{ ...draft, isNull: true }])).toEqual([
      { frame: "source", column: "trade_ref", new: null },
    ]);
    expect(changesForMany([{ ...draft, isExpression: true, typed: " upper(trade_ref) " }])).toEqual([
      { frame: "source", column: "trade_ref", expression: "upper(trade_ref)" },
    ]);
    expect(changesForMany([{ ...draft, isExpression: true }])).toEqual([]);
  });

  it("keeps what is typed over what somebody else has put there meanwhile", () => {
    const typed = { ...draftOf("source", "quantity", "0"), typed: "7" };
    const [draft] = withCurrent([typed], [{ frame: "source", name: "quantity", value: "5" }]);
    expect(draft).toEqual({ ...typed, old: "5" });
  });
});
