import { describe, expect, it } from "vitest";
import { blankFormat, isComplete, readFormat, withWords, writtenFormat, type FormatDraft } from "./format";

const draft: FormatDraft = {
  columns: { record_id: "Ref", state: "Status" },
  meanings: [{ word: "Accepted", state: "accepted" }],
  delimiter: ";",
  encoding: "latin-1",
  file_name: "ack_*.csv",
};

describe("a format of answers", () => {
  it("is written without what is not said, and read as it was written", () => {
    const written = writtenFormat({
      ...draft,
      meanings: [...draft.meanings, { word: " ", state: "rejected" }],
    });
    expect(written).toEqual({
      record_id: "Ref",
      state: "Status",
      states: { Accepted: "accepted" },
      delimiter: ";",
      encoding: "latin-1",
      file_name: "ack_*.csv",
    });
    expect(readFormat({ ...written, record_id: "Ref", state: "Status" })).toEqual(draft);
    expect(readFormat(null)).toBe(blankFormat);
  });

  it("is complete with the columns of record and state", () => {
    expect(isComplete(draft)).toBe(true);
    expect(isComplete({ ...draft, columns: { state: "Status" } })).toBe(false);
    expect(isComplete({ ...draft, file_name: " " })).toBe(false);
  });

  it("takes up words of a sample once, with a meaning to look at", () => {
    const more = withWords(draft, ["accepted", "REJ", "Not OK", "Pending", "x"]);
    expect(more.meanings.slice(1)).toEqual([
      { word: "REJ", state: "rejected" },
      { word: "Not OK", state: "rejected" },
      { word: "Pending", state: "pending" },
      { word: "x", state: "received" },
    ]);
  });
});
