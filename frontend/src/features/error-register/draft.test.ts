import { describe, expect, it } from "vitest";
import { bodyOf, draftOf, emptyDraft, isComplete, type EntryFields } from "./draft";

const day = { report_id: "r", reporting_date: "2026-11-02", records: 7 };
const entry: EntryFields = {
  title: "Prices",
  kind: "error",
  found_by: "audit",
  description: "",
  root_cause: "manual",
  root_cause_text: "",
  reports: [{ id: "r", name: "Daily" }],
  occurred_from: "2026-11-02",
  occurred_to: null,
  discovered_on: "2026-11-03",
  corrected_on: null,
  affected_days: [day, { ...day, reporting_date: "2026-11-03", records: null }],
  affected_fields: ["33 Price"],
  authority: "BaFin",
  authority_reference: "",
};

describe("an entry in a form", () => {
  it("is sent as it came when nothing is changed", () => {
    const body = bodyOf(draftOf(entry));
    expect(body.affected_days).toEqual(entry.affected_days);
    expect(body).toMatchObject({
      report_ids: ["r"],
      occurred_to: null,
      corrected_on: null,
      root_cause: "manual",
    });
  });

  it("keeps a count of nothing apart from no count", () => {
    const draft = draftOf(entry);
    draft.days = [
      { ...day, records: "0" },
      { ...day, records: "" },
      { ...day, records: "1e3" },
    ];
    expect(bodyOf(draft).affected_days?.map((one) => one.records)).toEqual([0, null, null]);
  });

  it("forgets a day that was begun and given up", () => {
    const draft = {
      ...emptyDraft("2026-11-27", "audit"),
      days: [{ report_id: "", reporting_date: "", records: "5" }],
    };
    expect(bodyOf(draft).affected_days).toEqual([]);
  });

  it("needs a title and the days on which it happened and was found", () => {
    const draft = emptyDraft("2026-11-27", "own_control");
    expect(isComplete(draft)).toBe(false);
    expect(isComplete({ ...draft, title: "Prices" })).toBe(true);
    expect(isComplete({ ...draft, title: "Prices", discovered_on: "" })).toBe(false);
  });
});
