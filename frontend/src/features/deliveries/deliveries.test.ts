import { describe, expect, it } from "vitest";
import { actionsOf } from "./actions";
import { faultOf, receiptOf } from "./receipt";
import { sinceOf } from "./within";

describe("what can be done with a delivery", () => {
  it("follows its state", () => {
    const of = (state: Parameters<typeof actionsOf>[0]["state"]) =>
      actionsOf({ state, is_set_aside_with_destination: false });
    expect(of("sending")).toEqual(["pause"]);
    expect(of("retrying")).toEqual(["retry", "pause", "cancel"]);
    expect(of("failed")).toEqual(["retry", "redeliver"]);
    expect(of("delivered")).toEqual(["redeliver"]);
  });

  it("does not go on before its destination does", () => {
    expect(actionsOf({ state: "paused", is_set_aside_with_destination: true })).toEqual(["cancel"]);
    expect(actionsOf({ state: "paused", is_set_aside_with_destination: false })).toEqual([
      "resume",
      "cancel",
    ]);
    expect(actionsOf({ state: "stopped", is_set_aside_with_destination: true })).toEqual(["cancel"]);
  });
});

it("a receipt has what was read back, and what followed the file", () => {
  const file = { server: "10.0.0.1:22", remote_path: "in/a.xml", size_bytes: 12, sha256: "ab" };
  const receipt = receiptOf({
    ...file,
    host_key_fingerprint: "SHA256:x",
    certificate_fingerprint: null,
    remote_modified_at: "2026-11-20T18:00:00+00:00",
    was_already_there: true,
    resumed_at_bytes: 4,
    companions: [{ ...file, remote_path: "in/a.xml.sha256" }],
  });
  expect(receipt).toMatchObject({
    path: "in/a.xml",
    hostKey: "SHA256:x",
    certificate: null,
    resumedAtBytes: 4,
  });
  expect(receipt?.wasAlreadyThere).toBe(true);
  expect(receipt?.companions.map((one) => one.path)).toEqual(["in/a.xml.sha256"]);
  expect(receiptOf(null)).toBeUndefined();
});

it("a fault has its next step, and its code where it has no words", () => {
  expect(faultOf({ code: "x", message: "Gone.", fix: "Look." })).toEqual({ message: "Gone.", fix: "Look." });
  expect(faultOf({ code: "x", message: null, fix: null })).toEqual({ message: "x", fix: null });
  expect(faultOf(null)).toBeUndefined();
});

it("a span of time ends now", () => {
  expect(sinceOf("day", Date.parse("2026-11-20T18:00:00Z"))).toBe("2026-11-19T18:00:00.000Z");
});
