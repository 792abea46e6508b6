import { expect, it } from "vitest";
import { steadyRows } from "./useSteadyRows";

it("changes rows in place and lets new ones wait", () => {
  const shown = [
    { id: "b", state: "running" },
    { id: "a", state: "running" },
  ];
  const fresh = [
    { id: "c", state: "pending" },
    { id: "a", state: "failed" },
  ];
  expect(steadyRows(shown, fresh)).toEqual({
    rows: [
      { id: "b", state: "running" },
      { id: "a", state: "failed" },
    ],
    newCount: 1,
  });
});
