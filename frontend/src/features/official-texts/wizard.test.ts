import { describe, expect, test } from "vitest";
import type { BroughtText } from "./api";
import { importOf, isMapped, nameOf, ruleOf, suggestedDecisions, type Chosen } from "./wizard";

const text = (code: string, parts: Partial<BroughtText> = {}) =>
  ({ code, field: "", line: 2, rule_id: null, suggestions: [], ...parts }) as unknown as BroughtText;

const offered = { suggestions: [{ rule_id: "MR-02", origin: "text" as const }] };

describe("pairs", () => {
  test("a decision stands before what the list before had", () => {
    const one = text("C-1", { rule_id: "MR-01" });
    expect(ruleOf(one, new Map())).toBe("MR-01");
    expect(ruleOf(one, new Map([[nameOf(one), null]]))).toBeNull();
  });

  test("suggestions are for texts of the file about which nothing is decided", () => {
    const texts = [
      text("C-1", offered),
      text("C-2", { ...offered, rule_id: "MR-01" }),
      text("C-3", { ...offered, line: null }),
      text("C-4"),
      text("C-5", offered),
    ];
    const decided = new Map([[nameOf(text("C-5")), null]]);
    expect(suggestedDecisions(texts, decided)).toEqual([[nameOf(text("C-1")), "MR-02"]]);
  });

  test("what is sent names code, field and rule, and the list it was decided on", () => {
    const chosen = {
      packId: "mifir-rts22",
      title: "Rules",
      mapping: { sheet: null, headerLine: 2, columns: { code: 1, text: 0 }, dayOrder: "day_first" },
    } as unknown as Chosen;
    const sent = importOf(chosen, new Map([[nameOf({ code: "C-1", field: "2" }), "MR-02"]]), null);
    expect(sent.pairs).toEqual([{ code: "C-1", field: "2", rule_id: "MR-02" }]);
    expect([sent.columns, sent.based_on, sent.header_line]).toEqual([{ code: 1, text: 0 }, null, 2]);
  });
});

test("a list has a code and a text, each in its own column", () => {
  expect(isMapped({ code: 0, text: 1 })).toBe(true);
  expect(isMapped({ code: 0, text: 0 })).toBe(false);
  expect(isMapped({ code: 0, field: 1 })).toBe(false);
});
