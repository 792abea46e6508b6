import { expect, it } from "vitest";
import { snippet } from "./snippets";

const read = { method: "GET", url: "https://api.publisher.example/external_api/v1/key" };
const lookup = {
  method: "POST",
  url: "https://api.publisher.example/external_api/v1/lookup",
  body: { values: ["O'Neill", "x"] },
};

it("is one line less than a screen in a terminal, with the key that is at hand", () => {
  expect(snippet("curl", read, "openreg_live_abc")).toBe(
    "curl 'https://api.publisher.example/external_api/v1/key' \\\n" +
      '  -H "Authorization: Bearer openreg_live_abc"',
  );
  expect(snippet("curl", read, null)).toContain('"Authorization: Bearer $OPENREG_API_KEY"');
});

it("quotes what a shell would read as its own", () => {
  expect(snippet("curl", lookup, null)).toContain(`-d '{"values":["O'\\''Neill","x"]}'`);
});

it("reads the key from the environment when none is at hand", () => {
  expect(snippet("python", read, null)).toContain('"Bearer " + os.environ["OPENREG_API_KEY"]');
  expect(snippet("python", read, "openreg_live_abc")).not.toContain("import os");
  expect(snippet("typescript", read, null)).toContain("`Bearer ${process.env.OPENREG_API_KEY}`");
});

it("sends what was filled in as headers, also in a shell's own signs", () => {
  const pinned = { ...read, headers: { "OpenReg-Version": "2026-11-28" } };
  expect(snippet("curl", pinned, null)).toContain("-H 'OpenReg-Version: 2026-11-28'");
  expect(snippet("python", pinned, null)).toContain('    "OpenReg-Version": "2026-11-28",');
  expect(snippet("typescript", pinned, null)).toContain('    "OpenReg-Version": "2026-11-28",');
});

it("sends a body as JSON", () => {
  expect(snippet("python", lookup, "k")).toContain("data=json.dumps(body).encode()");
  expect(snippet("typescript", lookup, "k")).toContain(`body: JSON.stringify({"values":["O'Neill","x"]})`);
});
