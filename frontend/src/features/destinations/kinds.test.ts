import { expect, it } from "vitest";
import { stateOf } from "./destinationState";
import { addressOf } from "./kinds";

it.each([
  ["sftp", { host: "sftp.example", folder: "." }, "sftp.example"],
  ["sftp", { host: "sftp.example", port: 2222, folder: "/in" }, "sftp.example:2222/in"],
  ["ftp", { host: "ftp.example", folder: "in/mifir" }, "ftp.example/in/mifir"],
  ["s3", { host: "s3.example", bucket: "reports", prefix: "" }, "s3.example/reports"],
  ["email", { host: "smtp.example", recipients: ["a@b.example", "c@d.example"] }, "a@b.example, c@d.example"],
  ["folder", { folder: "/srv/out" }, "/srv/out"],
])("the address of %s is one line", (kind, settings, address) => {
  expect(addressOf({ kind, settings })).toBe(address);
});

it("the worst of what a destination is stands in its state", () => {
  const key = { host_key_fingerprint: "SHA256:x" };
  const stopped = {
    code: "x",
    message: "",
    fix: null,
    at: "",
    confirmed_host_key: null,
    shown_host_key: null,
  };
  const good = { archived_at: null, stopped: null, is_paused: false, kind: "sftp", settings: key };
  expect(stateOf(good)).toBe("in_service");
  expect(stateOf({ ...good, settings: {} })).toBe("unconfirmed");
  expect(stateOf({ ...good, settings: {}, kind: "ftp" })).toBe("in_service");
  expect(stateOf({ ...good, is_paused: true, settings: {} })).toBe("paused");
  expect(stateOf({ ...good, is_paused: true, stopped })).toBe("stopped");
});
