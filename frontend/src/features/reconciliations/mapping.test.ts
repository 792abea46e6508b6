import { expect, test } from "vitest";
import type { ReportField } from "./api";
import { draftOf, faultOf, mappingOf, withField } from "./mapping";

const fields: ReportField[] = [
  { name: "reference", title: "Reference", kind: "text", is_key: true, is_personal: false },
  { name: "amount", title: "Amount", kind: "number", is_key: false, is_personal: false },
];

test("a saved mapping is found again in the columns of a file, and others stay open", () => {
  const mapping = {
    columns: [
      { column: "Ref", field: "reference", is_key: true, ignore_case: false },
      { column: "Gone", field: "amount", is_key: false, ignore_case: false },
    ],
    time_zone: "Europe/Berlin",
    decimal_comma: true,
    empty_words: ["N/A", "-"],
    encoding: "utf-8",
  };
  const draft = draftOf(["Other", "Ref"], mapping);
  expect(draft.columns.map((one) => [one.column, one.field, one.isKey])).toEqual([
    ["Other", null, false],
    ["Ref", "reference", true],
  ]);
  expect([draft.timeZone, draft.decimalComma, draft.emptyWords]).toEqual(["Europe/Berlin", true, "N/A, -"]);
});

test("what is sent holds mapped columns only, and empty words without blanks", () => {
  const draft = draftOf(["Ref", "Amt", "Note"], null);
  draft.columns = draft.columns.map((one, place) =>
    withField(one, ["reference", "amount", null][place] ?? null, fields),
  );
  draft.emptyWords = " N/A ,, - ";
  expect(mappingOf(draft, "utf-8", ";")).toEqual({
    columns: [
      { column: "Ref", field: "reference", is_key: true, format: null, ignore_case: false },
      { column: "Amt", field: "amount", is_key: false, format: null, ignore_case: false },
    ],
    time_zone: "UTC",
    decimal_comma: false,
    empty_words: ["N/A", "-"],
    delimiter: ";",
    encoding: "utf-8",
  });
});

test("a mapping says what it lacks", () => {
  const draft = draftOf(["Ref", "Amt"], null);
  const [ref, amount] = draft.columns;
  if (!ref || !amount) throw new Error("two columns were made");
  expect(faultOf(draft)).toBe("no_key");
  const key = withField(ref, "reference", fields);
  expect(faultOf({ ...draft, columns: [key, amount] })).toBe("nothing_compared");
  expect(faultOf({ ...draft, columns: [key, { ...amount, field: "reference" }] })).toBe("field_twice");
  expect(faultOf({ ...draft, columns: [key, withField(amount, "amount", fields)] })).toBeNull();
});
