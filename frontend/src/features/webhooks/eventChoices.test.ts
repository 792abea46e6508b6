import { expect, it } from "vitest";
import { eventChoices } from "./eventChoices";

it("offers each family as a whole and its events one by one", () => {
  expect(
    eventChoices([{ type: "run.started" }, { type: "run.failed" }, { type: "artifact.created" }]),
  ).toEqual([
    { group: "run", items: ["run.*", "run.started", "run.failed"] },
    { group: "artifact", items: ["artifact.*", "artifact.created"] },
  ]);
});
