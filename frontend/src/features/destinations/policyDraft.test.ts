import { expect, it } from "vitest";
import { destinationMessages } from "./messages";
import { draftOf, faultsOfPolicy, policyOf, usualControlFile, usualPolicy, waitsOf } from "./policyDraft";

const other = {
  retry: {
    attempts: 3,
    first_delay_seconds: 7,
    longest_delay_seconds: 10,
    jitter: 0.29,
    deadline_minutes: 61,
  },
  pace: { max_transfers: 1, bytes_per_second: 1_500_250, files_per_minute: 12 },
  checksum_file: true,
  control_file: { name: "{stem}.ctl", content: "{records}" },
};

it.each([usualPolicy, other])("changes nothing of a policy on the way through the form", (policy) => {
  expect(policyOf(draftOf(policy))).toEqual(policy);
});

it("says what the numbers mean", () => {
  const draft = draftOf(other);
  expect(waitsOf(draft)).toEqual([7, 10]);
  expect(waitsOf(draftOf(usualPolicy)).slice(0, 3)).toEqual([30, 60, 120]);
  expect(Math.max(...waitsOf(draftOf(usualPolicy)))).toBe(3600);
  expect(destinationMessages.policy.summary(waitsOf({ ...draft, attempts: 1 }), 61)).toMatch(/^Tried once\./);
  expect(destinationMessages.policy.summary([30, 60, 5430], 720)).toBe(
    "Tried again after 30 s, 1 min, 1 h 30 min 30 s. Given up 12 h after the first attempt at the latest.",
  );
});

it("names what is empty, and nothing that may be", () => {
  const draft = draftOf(usualPolicy);
  expect(faultsOfPolicy(draft)).toEqual({});
  const broken = {
    ...draft,
    attempts: null,
    kilobytes_per_second: null,
    control_file: { ...usualControlFile, name: " " },
  };
  expect(Object.keys(faultsOfPolicy(broken))).toEqual(["attempts", "control_name"]);
});
