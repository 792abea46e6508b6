import { expect, it } from "vitest";
import { byDay } from "./statistics";

it("adds the reports of a day, the earliest day first", () => {
  const of = (reporting_date: string, set_aside: number) => ({
    report_id: "r",
    report_name: "R",
    reporting_date,
    rows_in: 100,
    set_aside,
  });
  expect(byDay([of("2026-11-20", 2), of("2026-11-19", 1), of("2026-11-20", 3)])).toEqual([
    { day: "2026-11-19", setAside: 1 },
    { day: "2026-11-20", setAside: 5 },
  ]);
});
