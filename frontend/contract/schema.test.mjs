import { readFile } from "node:fs/promises";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url);

it.each([
    ["backend", "frontend"],
    ["external_api", "customer-portal"],
])("the types generated of %s in %s are what the committed OpenAPI document gives", async (service, app) => {
    const document = new URL(`docs/openapi/${service}.json`, ROOT);
    const committed = await readFile(new URL(`${app}/src/api/schema.gen.ts`, ROOT), "utf-8");
    const generated = COMMENT_HEADER + astToString(await openapiTS(document));
    expect(committed === generated, "run: make client").toBe(true);
});
