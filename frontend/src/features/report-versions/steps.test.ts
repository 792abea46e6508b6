import { describe, expect, it } from "vitest";
import { offeredSteps, type Decider } from "./steps";

const version = { state: "in_review" as const, authors: ["ann"], created_by: "ann", submitted_by: "ann" };
const everything = ["submit", "approve", "activate", "archive"].map((action) => `reports:${action}`);

function decider(changes: Partial<Decider> = {}): Decider {
  return { permissions: everything, userId: "bob", needsFourEyes: true, isReportArchived: false, ...changes };
}

const reasons = (changes: Partial<Decider>, state: "draft" | "in_review" = "in_review") =>
  Object.fromEntries(
    offeredSteps({ ...version, state }, decider(changes)).map(({ step, reason }) => [step, reason]),
  );

describe("the steps of a version", () => {
  it("are open to somebody else with the permission", () => {
    expect(reasons({})).toEqual({ approve: null, reject: null, withdraw: null });
  });

  it("do not let the author approve, but take back", () => {
    expect(reasons({ userId: "ann" })).toMatchObject({
      approve: expect.stringMatching(/You wrote/),
      withdraw: null,
    });
  });

  it("let the author approve where four eyes are switched off", () => {
    expect(reasons({ userId: "ann", needsFourEyes: false })).toMatchObject({ approve: null });
  });

  it("name the permission that is missing", () => {
    expect(reasons({ permissions: [] })["approve"]).toContain("reports:approve");
  });

  it("make a draft live without approval only where four eyes are off", () => {
    expect(reasons({}, "draft")["activate"]).toMatch(/Four eyes/);
    expect(reasons({ needsFourEyes: false }, "draft")["activate"]).toBeNull();
  });

  it("wait for an archived report to be restored", () => {
    expect(reasons({ isReportArchived: true }, "draft")["submit"]).toMatch(/archived/);
  });
});
