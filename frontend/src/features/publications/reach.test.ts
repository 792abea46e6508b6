import { describe, expect, it } from "vitest";
import { isIncluded } from "./reach";

describe("a plan and a publication", () => {
  const id = "00000000-0000-7000-8000-0000000000a1";
  const report = (changes: { regimes?: string[]; own_regimes?: string[] } = {}) => ({
    id,
    kind: "report" as const,
    regimes: [],
    own_regimes: [],
    ...changes,
  });
  const plan = { scopes: ["reports:read"], regimes: null, kinds: null, publication_ids: null };

  it("need the scope of the kind", () => {
    expect(isIncluded({ ...plan, scopes: ["rules:read"] }, report())).toBe(false);
    expect(isIncluded(plan, report())).toBe(true);
  });

  it("need one regime in common, its own or an added one, where the plan names some", () => {
    const both = report({ regimes: ["house"], own_regimes: ["mifir-rts22"] });
    expect(isIncluded({ ...plan, regimes: ["mifir-rts22"] }, both)).toBe(true);
    expect(isIncluded({ ...plan, regimes: ["house"] }, both)).toBe(true);
    expect(isIncluded({ ...plan, regimes: ["emir"] }, both)).toBe(false);
    expect(isIncluded({ ...plan, regimes: ["house"] }, report())).toBe(false);
  });

  it("need the kind and the publication where the plan names some", () => {
    expect(isIncluded({ ...plan, kinds: ["dataset"] }, report())).toBe(false);
    expect(isIncluded({ ...plan, kinds: ["report"], publication_ids: [id] }, report())).toBe(true);
    expect(isIncluded({ ...plan, publication_ids: [] }, report())).toBe(false);
  });
});
