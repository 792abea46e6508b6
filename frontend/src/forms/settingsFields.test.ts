import { expect, it } from "vitest";
import { fieldsOf, missing, settingsOf } from "./settingsFields";

const schema = {
  $defs: { SslMode: { type: "string", enum: ["disable", "verify_full"] } },
  required: ["host"],
  properties: {
    port: { type: "integer", default: 5432, minimum: 1, maximum: 65535 },
    host: { type: "string", maxLength: 253 },
    ssl_mode: { $ref: "#/$defs/SslMode", default: "verify_full" },
    certificate: { anyOf: [{ type: "string", maxLength: 200000 }, { type: "null" }], default: null },
    keeps_alive: { type: "boolean", default: true },
    search_path: { type: "array", items: { type: "string" }, default: [] },
    source_time_zone: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
  },
};

it("makes fields of a description, those that must be filled first", () => {
  expect(fieldsOf(schema)).toEqual([
    { name: "host", type: "text", isRequired: true, defaultValue: null },
    { name: "port", type: "integer", isRequired: false, defaultValue: 5432, min: 1, max: 65535 },
    {
      name: "ssl_mode",
      type: "choice",
      isRequired: false,
      defaultValue: "verify_full",
      options: ["disable", "verify_full"],
    },
    { name: "certificate", type: "long_text", isRequired: false, defaultValue: null },
    { name: "keeps_alive", type: "switch", isRequired: false, defaultValue: true },
    { name: "search_path", type: "list", isRequired: false, defaultValue: null },
    { name: "source_time_zone", type: "text", isRequired: false, defaultValue: null },
  ]);
});

it("sends what was filled, and names what is missing", () => {
  const fields = fieldsOf(schema);
  const values = { port: 5433, certificate: "", search_path: [], host: "", keeps_alive: false };
  expect(settingsOf(fields, values)).toEqual({ port: 5433, keeps_alive: false });
  expect(missing(fields, values)).toEqual(["host"]);
  expect(missing(fields, { host: "db.bank.example" })).toEqual([]);
});
