import { expect, it } from "vitest";
import { chartOfDays, csvOf, daysBetween, lastDays, outcomeOf, quotaState, rowsBy } from "./usage";

const group = (part: object, requests: number) => ({
  day: null,
  key: null,
  route: null,
  status: null,
  ...part,
  requests,
});

it("counts days by UTC, over the end of a month, a leap year and a change of the clock", () => {
  expect(daysBetween("2028-02-28", "2028-03-01")).toEqual(["2028-02-28", "2028-02-29", "2028-03-01"]);
  expect(daysBetween("2026-10-24", "2026-10-27")).toHaveLength(4);
  expect(lastDays(7, new Date("2026-11-03T00:30:00+02:00"))).toEqual({
    first: "2026-10-27",
    last: "2026-11-02",
  });
});

it("shows a day without calls as nothing, not as a gap", () => {
  const groups = [
    group({ day: "2026-11-01", status: 200 }, 5),
    group({ day: "2026-11-01", status: 304 }, 2),
    group({ day: "2026-11-03", status: 429 }, 3),
    group({ day: "2026-11-03", status: 404 }, 1),
    group({ day: "2026-11-03", status: 503 }, 4),
  ];
  expect(chartOfDays(groups, "2026-11-01", "2026-11-03").rows.map((row) => row.values)).toEqual([
    [7, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 1, 3, 4],
  ]);
  expect(outcomeOf(groups)).toEqual({ answered: 7, refused: 1, limited: 3, failed: 4 });
});

it("puts the busiest first", () => {
  const groups = [
    group({ route: "/a", status: 200 }, 1),
    group({ route: "/b", status: 200 }, 2),
    group({ route: "/b", status: 500 }, 2),
  ];
  expect(rowsBy(groups, (one) => one.route ?? "")).toMatchObject([
    { name: "/b", requests: 4, failed: 2 },
    { name: "/a", requests: 1, failed: 0 },
  ]);
});

it("warns at the share at which a mail is sent", () => {
  expect(quotaState(79, 100)).toBe("ok");
  expect(quotaState(80, 100)).toBe("warning");
  expect(quotaState(100, 100)).toBe("used");
});

it("writes what is shown for a spreadsheet", () => {
  expect(csvOf([group({ day: "2026-11-01", status: 200 }, 5)])).toBe(
    "day,status,requests\r\n2026-11-01,200,5\r\n",
  );
});
