import { describe, expect, it } from "vitest";
import { entriesByDay, weeksOf } from "./month";

describe("a month of fires", () => {
  it("begins its weeks on Monday", () => {
    const weeks = weeksOf("2026-11-01");
    expect(weeks[0]).toEqual([null, null, null, null, null, null, "2026-11-01"]);
    expect(weeks.at(-1)?.[0]).toBe("2026-11-30");
    expect(weeks.flat().filter(Boolean)).toHaveLength(30);
  });

  it("shows a fire on the day that the schedule's zone has", () => {
    const fire = {
      at: "2026-11-01T23:30:00Z",
      nominal: "",
      reporting_date: "",
      note: null,
      skips: [],
      skipped: 0,
    };
    const found = entriesByDay({ past: [], ahead: [fire] }, "Europe/Berlin");
    expect(found.get("2026-11-02")).toEqual([{ time: "00:30" }]);
  });
});
