import { expect, it } from "vitest";
import type { QualityDay } from "./api";
import { crossed, worstFirst } from "./crossed";

type Found = QualityDay["indicators"];

const report = (report_name: string, severity: QualityDay["severity"], indicators: Found) => ({
  report_name,
  latest: { severity, indicators },
});

const late: Found = { timeliness: { value: "12", severity: "warning" } };
const bad: Found = { ...late, completeness: { value: "0.9", severity: null } };
const worse: Found = { ...late, validity: { value: "0.5", severity: "critical" } };

it("crossed limits are listed, critical ones first", () => {
  expect(crossed({ indicators: worse }).map((one) => one.indicator)).toEqual(["validity", "timeliness"]);
  expect(crossed({ indicators: bad }).map((one) => one.indicator)).toEqual(["timeliness"]);
});

it("the worst report comes first, and those within their limits not at all", () => {
  const reports = [
    report("Fine", null, {}),
    report("Late", "warning", late),
    report("Broken", "critical", worse),
    report("Also late", "warning", bad),
  ];
  expect(worstFirst(reports).map((one) => one.report_name)).toEqual(["Broken", "Also late", "Late"]);
});
