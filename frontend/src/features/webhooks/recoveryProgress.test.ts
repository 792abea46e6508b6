import { expect, it } from "vitest";
import { progressOf } from "./recoveryProgress";

it("counts before it moves", () => {
  expect(progressOf({ state: "running", counted: null, done: 0 }).percent).toBe(0);
});

it("is as far as what is in the line", () => {
  expect(progressOf({ state: "running", counted: 200, done: 50 })).toEqual({
    percent: 25,
    words: "50 of 200 in the line or sent",
  });
  expect(progressOf({ state: "cancelled", counted: 200, done: 50 }).percent).toBe(25);
});

it("is at its end when it has ended, though some arrived by themselves", () => {
  expect(progressOf({ state: "completed", counted: 200, done: 198 }).percent).toBe(100);
  expect(progressOf({ state: "completed", counted: 0, done: 0 }).words).toBe("Nothing was to be sent");
});
