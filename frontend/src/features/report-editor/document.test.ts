import { describe, expect, it } from "vitest";
import { blankDocument, isSameDocument, readDocument, toJson } from "./document";

describe("the document in the editor", () => {
  it("keeps what it does not know, and the order of the fields", () => {
    const raw = { later: { a: 1 }, fields: { b: "x", a: "y" }, source: { query: "q", hint: 7 } };
    const json = toJson(readDocument(raw)) as Record<string, unknown>;
    expect(json["later"]).toEqual({ a: 1 });
    expect(Object.keys(json["fields"] as object)).toEqual(["b", "a"]);
    expect(json["source"]).toMatchObject({ query: "q", hint: 7 });
  });

  it.each([null, 3, [], { fields: [], rules: {}, source: "no", outputs: "none", on_empty: "?" }])(
    "reads %j without failing",
    (raw) => {
      const read = readDocument(raw);
      expect(read.fields).toEqual({});
      expect(read.rules).toEqual([]);
      expect(read.on_empty).toBe("no_file");
    },
  );

  it("leaves an unchosen connector and an empty filter out", () => {
    const json = toJson({ ...blankDocument(), filter: "  " }) as Record<string, unknown>;
    expect(json["source"]).toEqual({ query: "", parameters: {} });
    expect(json["filter"]).toBeNull();
  });

  it("says nothing of inputs and a join that are not there, and keeps those that are", () => {
    const blank = { ...blankDocument(), inputs: {}, join: " " };
    expect(toJson(blank)).not.toHaveProperty("inputs");
    expect(toJson(blank)).not.toHaveProperty("join");
    const raw = {
      inputs: { fx: { connector_id: "c", query: "q", key: ["ccy"], missing: "fail", later: 1 } },
    };
    expect(toJson(readDocument(raw))).toMatchObject(raw);
    const unchosen = readDocument({ inputs: { fx: { query: "q" } }, join: "select 1" });
    expect(toJson(unchosen)).toMatchObject({ join: "select 1", inputs: { fx: { query: "q", key: [] } } });
    expect(JSON.stringify(toJson(unchosen))).not.toContain("connector_id");
  });

  it("says nothing of rule sets that are not there, and keeps the order of those that are", () => {
    expect(toJson({ ...blankDocument(), rule_sets: [] })).not.toHaveProperty("rule_sets");
    expect(toJson(readDocument({ rule_sets: ["second", "first", 3] }))).toMatchObject({
      rule_sets: ["second", "first"],
    });
  });

  it("says nothing of decisions that are not there, and keeps those that are", () => {
    expect(toJson({ ...blankDocument(), eligibility: [], on_release: "wait" })).not.toHaveProperty(
      "eligibility",
    );
    const decision = { when: "a = 1", decision: "hold", code: "WAIT", reason: "It comes later.", later: 1 };
    const raw = { eligibility: [decision], on_release: "report" };
    expect(toJson(readDocument(raw))).toMatchObject(raw);
  });

  it("begins with one file", () => {
    expect(blankDocument().outputs).toHaveLength(1);
  });

  it("is the same after it was sent and read again, but not with its fields in another order", () => {
    const blank = blankDocument();
    const typed = { ...blank, fields: { b: "1", a: "2" }, source: { ...blank.source, connector_id: "c" } };
    expect(isSameDocument(typed, readDocument(toJson(typed)))).toBe(true);
    expect(isSameDocument(typed, { ...typed, fields: { a: "2", b: "1" } })).toBe(false);
    expect(isSameDocument(typed, { ...typed, fields: { b: "1", a: "3" } })).toBe(false);
  });
});
