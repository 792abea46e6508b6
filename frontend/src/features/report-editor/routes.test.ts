import { describe, expect, it } from "vitest";
import { readDocument, toJson, type ReportRoute } from "./document";
import { chosenPlaces, lostNames, nextRoute, withCondition, withFiles } from "./routes";
import { routeSentence } from "./routeSentence";

const route = (changes: Partial<ReportRoute> = {}): ReportRoute => ({
  destination_id: "d-1",
  role: "submission",
  ...changes,
});
const document = (...routes: unknown[]) =>
  readDocument({
    outputs: [{ format: "xml" }, { format: "csv" }, { format: "csv", name: "csv", file_name: "b" }],
    deliver_to: routes,
  });

describe("the routes of a document", () => {
  it("are read from the identifiers of older documents, as the submission of every file", () => {
    expect(document("d-1").deliver_to).toEqual([route()]);
    expect(toJson(document("d-1"))).toMatchObject({ deliver_to: [route()] });
  });

  it("are written without what says nothing, and with what is not known yet", () => {
    const raw = {
      destination_id: "d-1",
      role: "copy",
      outputs: ["csv"],
      when: { part: 2, later: 1 },
      more: 1,
    };
    expect(toJson(document(raw))["deliver_to"]).toEqual([raw]);
    const empty = { destination_id: "", role: "copy", outputs: [], when: {} };
    expect(toJson(document(empty))["deliver_to"]).toEqual([{ role: "copy" }]);
  });

  it("begin with the submission; the next is a copy", () => {
    expect(nextRoute([]).role).toBe("submission");
    expect(nextRoute([route()]).role).toBe("copy");
  });

  it("know files by names, which files get when they are chosen", () => {
    const before = document("d-1", "d-2");
    const after = withFiles(before, 1, ["0", "1"]);
    expect(after.outputs.map((one) => one.name)).toEqual(["xml", "csv_2", "csv"]);
    expect(after.deliver_to.map((one) => one.outputs)).toEqual([undefined, ["xml", "csv_2"]]);
    const [, second = route()] = after.deliver_to;
    expect(chosenPlaces(second, after.outputs)).toEqual(["0", "1"]);
    const fewer = after.outputs.slice(1);
    expect(chosenPlaces(second, fewer)).toEqual(["0"]);
    expect(lostNames(second, fewer)).toEqual(["xml"]);
  });

  it("lose a condition that says nothing", () => {
    const nil = withCondition(route(), { records: "none" });
    expect(nil.when).toEqual({ records: "none" });
    expect(withCondition(nil, { records: undefined })).toEqual(route());
  });
});

describe("a route in words", () => {
  const { outputs } = document();
  const known = [{ id: "d-1", name: "Regulator" }];
  it.each([
    [route(), "All files to Regulator as the submission"],
    [route({ outputs: ["csv"], role: "copy" }), "1 file to Regulator as a copy"],
    [
      route({ when: { environment: "test", records: "none", file_name: "a*", part: 2 } }),
      "All files to Regulator as the submission, of test runs, on empty days, if the name is like a*, only part 2",
    ],
    [route({ destination_id: "" }), "All files to a destination that is not chosen yet as the submission"],
  ])("%#", (one, sentence) => expect(routeSentence(one, outputs, known)).toBe(sentence));
});

describe("the terms of the submission", () => {
  it("are kept where they say something", () => {
    expect(toJson(readDocument({ submission: { approval: "none" } }))).not.toHaveProperty("submission");
    const raw = { submission: { approval: "four_eyes", later: 1 } };
    expect(toJson(readDocument(raw))).toMatchObject(raw);
  });
});
