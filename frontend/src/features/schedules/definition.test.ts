import { describe, expect, it } from "vitest";
import { definitionOf, draftOf, EMPTY } from "./definition";

describe("the form of a schedule", () => {
  it("takes several times and pads them", () => {
    expect(definitionOf({ ...EMPTY, times: "7:00, 18:30" }).cadence).toEqual({
      kind: "daily",
      times: ["07:00:00", "18:30:00"],
    });
  });

  it("reads blackouts and parameters line by line", () => {
    const made = definitionOf({
      ...EMPTY,
      blackouts: "2026-12-24..2026-12-31 Year end\n2027-05-01\n\n",
      parameters: "book=A=B\nday={reporting_date}",
    });
    expect(made.blackouts).toEqual([
      { first: "2026-12-24", last: "2026-12-31", reason: "Year end" },
      { first: "2027-05-01", last: "2027-05-01", reason: "" },
    ]);
    expect(made.parameters).toEqual({ book: "A=B", day: "{reporting_date}" });
  });

  it.each(["daily", "weekly", "monthly", "quarterly", "yearly", "working_day", "cron"] as const)(
    "gives back what was stored: %s",
    (kind) => {
      const made = definitionOf({
        ...EMPTY,
        kind,
        day: "15",
        zone: "Europe/Paris",
        calendar: "TARGET",
        nth: -2,
      });
      expect(definitionOf(draftOf(made), made)).toEqual(made);
    },
  );

  it("keeps what the form does not show", () => {
    const stored = definitionOf({ ...EMPTY, dependencies: ["a"] });
    stored.dependencies = [{ report_id: "a", max_age_minutes: 60 }];
    stored.missed = { rule: "run_all", grace_minutes: 5, limit: 3 };
    expect(definitionOf(draftOf(stored), stored)).toEqual(stored);
  });
});
