import { expect, it } from "vitest";
import { found } from "./eventSearch";

const events = [
  { type: "run.failed", description: "A run has ended without files." },
  { type: "delivery.failed", description: "A file was not delivered." },
];
const names = (wanted?: string) => found(events, wanted).map((one) => one.type);

it("finds events by every word of name and description, in any case and order", () => {
  expect(names("FAILED")).toEqual(["run.failed", "delivery.failed"]);
  expect(names("files run")).toEqual(["run.failed"]);
  expect(names("delivered run")).toEqual([]);
});

it("finds everything when nothing is looked for", () => {
  expect(names()).toHaveLength(2);
  expect(names("  ")).toHaveLength(2);
});
