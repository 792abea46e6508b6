import { describe, expect, it } from "vitest";
import { fieldsOf } from "@/forms/settingsFields";
import type { Destination } from "./api";
import {
  allSettings,
  changeOf,
  creationOf,
  credentialsOf,
  emptyValues,
  faultsOf,
  ofOtherKind,
  valuesOf,
  withConfirmed,
  withSetting,
} from "./destinationForm";
import { isPinReplaced, shownAtStop, shownInTest } from "./identities";
import { usualPolicy } from "./policyDraft";

const KEY = `SHA256:${"A".repeat(43)}`;
const sftp = fieldsOf({
  required: ["host", "username"],
  properties: {
    host: { type: "string" },
    port: { type: "integer", default: 22 },
    username: { type: "string" },
    folder: { type: "string", default: "." },
    host_key_fingerprint: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
  },
});
const ftp = fieldsOf({
  $defs: { FtpSecurity: { type: "string", enum: ["none", "explicit", "implicit"] } },
  required: ["host", "username"],
  properties: {
    host: { type: "string" },
    security: { $ref: "#/$defs/FtpSecurity", default: "explicit" },
    username: { type: "string" },
  },
});
const stored: Destination = {
  id: "00000000-0000-7000-8000-0000000000d1",
  name: "regulator",
  kind: "sftp",
  settings: { host: "sftp.example", port: 2222, username: "bank", folder: "in", host_key_fingerprint: KEY },
  environment: "test",
  is_paused: false,
  stopped: null,
  failed_looks: 0,
  response_folder: "out",
  policy: usualPolicy,
  archived_at: null,
  created_at: "2026-11-20T18:00:00Z",
  updated_at: "2026-11-20T18:00:00Z",
};

describe("a new destination", () => {
  const filled = {
    ...emptyValues(),
    name: " regulator ",
    settings: { host: "sftp.example", username: "bank" },
    secrets: { private_key: "-----BEGIN", passphrase: "", password: "left over" },
    hostKey: KEY,
  };

  it("names everything that is missing, the host key too", () => {
    expect(Object.keys(faultsOf(sftp, emptyValues())).sort()).toEqual(
      ["host", "host_key_fingerprint", "name", "secret.private_key", "username"].sort(),
    );
    expect(faultsOf(sftp, filled)).toEqual({});
  });

  it("sends the secrets of the chosen way only, and no empty ones", () => {
    expect(credentialsOf(filled)).toEqual({ private_key: "-----BEGIN" });
    expect(credentialsOf({ ...filled, method: "both" })).toEqual({
      private_key: "-----BEGIN",
      password: "left over",
    });
    expect(creationOf(sftp, filled)).toEqual({
      name: "regulator",
      kind: "sftp",
      environment: "production",
      settings: { host: "sftp.example", username: "bank", host_key_fingerprint: KEY },
      credentials: { private_key: "-----BEGIN" },
      response_folder: null,
      policy: usualPolicy,
    });
  });

  it("forgets the key that was confirmed when the server is another one", () => {
    expect(withSetting(filled, "folder", "in").hostKey).toBe(KEY);
    expect(withSetting(filled, "host", "other.example").hostKey).toBeNull();
    expect(withSetting(filled, "port", 2222).hostKey).toBeNull();
  });

  it("begins anew with another kind, and needs no host key there", () => {
    const other = ofOtherKind(filled, "ftp");
    expect([other.name, other.settings, other.secrets]).toEqual([" regulator ", {}, {}]);
    const faults = faultsOf(ftp, { ...other, settings: { host: "h", username: "u" } });
    expect(Object.keys(faults)).toEqual(["secret.password"]);
  });
});

describe("a stored destination", () => {
  it("goes back as it came, without its secrets", () => {
    const values = valuesOf(stored);
    expect(faultsOf(sftp, values, stored)).toEqual({});
    expect(changeOf(sftp, values, stored)).toEqual({
      name: "regulator",
      environment: "test",
      settings: stored.settings,
      response_folder: "out",
      policy: usualPolicy,
    });
  });

  it("keeps what signs in for another folder, and asks for it again for another user", () => {
    const folder = withSetting(valuesOf(stored), "folder", "elsewhere");
    expect(faultsOf(sftp, folder, stored)).toEqual({});
    const user = withSetting(valuesOf(stored), "username", "somebody");
    expect(Object.keys(faultsOf(sftp, user, stored))).toEqual(["credentials"]);
    const given = { ...user, givesSecrets: true, method: "password" as const, secrets: { password: "new" } };
    expect(faultsOf(sftp, given, stored)).toEqual({});
    expect(changeOf(sftp, given, stored).credentials).toEqual({ password: "new" });
  });

  it("needs the key of another server before it is stored", () => {
    const moved = {
      ...withSetting(valuesOf(stored), "host", "new.example"),
      givesSecrets: true,
      method: "password" as const,
      secrets: { password: "x" },
    };
    expect(Object.keys(faultsOf(sftp, moved, stored))).toEqual(["reason", "host_key_fingerprint"]);
    expect(allSettings(sftp, moved)).not.toHaveProperty("host_key_fingerprint");
  });

  it("trusts another key than the confirmed one only with a reason", () => {
    const other = withConfirmed(valuesOf(stored), {
      identity: "host_key",
      fingerprint: `SHA256:${"C".repeat(43)}`,
    });
    expect(Object.keys(faultsOf(sftp, other, stored))).toEqual(["reason"]);
    expect(faultsOf(sftp, { ...other, reason: "  x " }, stored)).toHaveProperty("reason");
    const told = { ...other, reason: " Their letter of today. " };
    expect(faultsOf(sftp, told, stored)).toEqual({});
    expect(changeOf(sftp, told, stored).reason).toBe("Their letter of today.");
    expect(changeOf(sftp, valuesOf(stored), stored)).not.toHaveProperty("reason");
  });
});

describe("what is pinned", () => {
  const certificate = "AB:".repeat(31) + "AB";

  it("is the same however it is written, and another one or none replaces it", () => {
    const before = { certificate_fingerprint: certificate };
    expect(isPinReplaced(before, { certificate_fingerprint: "ab".repeat(32) })).toBe(false);
    expect(isPinReplaced(before, { certificate_fingerprint: "ac".repeat(32) })).toBe(true);
    expect(isPinReplaced(before, {})).toBe(true);
    expect(isPinReplaced({}, before)).toBe(false);
  });

  it("is told of a stop and of a test by what the server showed", () => {
    const stop = {
      code: "x",
      message: "",
      fix: null,
      at: "",
      confirmed_host_key: null,
      shown_host_key: null,
    };
    expect(shownAtStop(stop)).toBeNull();
    expect(shownAtStop({ ...stop, shown_host_key: KEY })).toEqual({ identity: "host_key", fingerprint: KEY });
    expect(shownAtStop({ ...stop, shown_certificate: certificate })?.identity).toBe("certificate");
    const found = { ok: false, steps: [], unconfirmed_host_key: null, unconfirmed_certificate: certificate };
    expect(shownInTest(found)).toEqual({ identity: "certificate", fingerprint: certificate });
    expect(shownInTest(undefined)).toBeNull();
  });
});
