import { describe, expect, it } from "vitest";
import type { XmlOptions } from "./document";
import {
  faultsOfRows,
  rowsOf,
  wantedOf,
  withCopies,
  withoutCopies,
  withoutRow,
  withRecord,
  withValue,
} from "./xmlMapping";

const xml: XmlOptions = {
  schema_package_id: "p",
  record: "Report/Trade",
  elements: { "Report/Day": "{reporting_date}" },
  fields: { Ref: "reference", "Party[2]/Name": "seller" },
};

describe("the mapping to own schemas", () => {
  it("has a row for each text and each field, by paths from the root", () => {
    expect(rowsOf(xml).map((row) => [row.kind, row.path, row.value])).toEqual([
      ["text", "Report/Day", "{reporting_date}"],
      ["field", "Report/Trade/Ref", "reference"],
      ["field", "Report/Trade/Party[2]/Name", "seller"],
    ]);
  });

  it("takes values and lets them go", () => {
    const more = withValue(withValue(xml, "field", "Report/Trade/@id", "id"), "text", "Report/@v", "1");
    expect(more.fields).toMatchObject({ Ref: "reference", "@id": "id" });
    expect(more.elements).toEqual({ "Report/Day": "{reporting_date}", "Report/@v": "1" });
    const less = rowsOf(more)
      .filter((row) => row.value !== "seller")
      .reduce(withoutRow, more);
    expect([less.fields, less.elements]).toEqual([{ "Party[2]/Name": "seller" }, {}]);
  });

  it("keeps elements where the record moves up", () => {
    expect(withRecord(xml, "Report").fields).toEqual({
      "Trade/Ref": "reference",
      "Trade/Party[2]/Name": "seller",
    });
    expect(withRecord(xml, "Other/Trade").fields).toEqual(xml.fields);
  });

  it("numbers copies", () => {
    const copies = new Map([
      [0, "1"],
      [1, "2"],
      [2, "*"],
    ]);
    expect(withCopies("a/b/c/@d", copies)).toBe("a/b[2]/c[*]/@d");
    expect(withoutCopies("a/b[2]/c[*]/@d")).toBe("a/b/c/@d");
  });

  it("tells what is asked for from what is wrong", () => {
    const fault = (pointer: string, code: string, suggestion?: string) => ({
      pointer: `/outputs/0/xml${pointer}`,
      code,
      detail: "It is so.",
      ...(suggestion ? { suggestion } : {}),
    });
    const faults = [
      fault("/record", "xml_element_missing", "Report/Sender"),
      fault("/fields/Amount", "xml_attribute_missing", "Amount/@Ccy"),
      fault("/fields/Party[2]~1Name", "xml_type_unfit"),
      fault("/record", "xml_record_repeats"),
    ];
    expect(wantedOf(faults, xml.record).map((one) => one.path)).toEqual([
      "Report/Sender",
      "Report/Trade/Amount/@Ccy",
    ]);
    const { byRow, others } = faultsOfRows(faults, "/outputs/0/xml", rowsOf(xml));
    expect([...byRow.keys()]).toEqual(["field Party[2]/Name"]);
    expect(others.map((one) => one.code)).toEqual(["xml_record_repeats"]);
  });
});
