import { defineConfig } from "vitest/config";

const contract = { name: "contract", environment: "node", include: ["frontend/contract/*.test.mjs"] };

/** One run over everything: `npm test`. */
export default defineConfig({
  test: { projects: ["ui", "frontend", "customer-portal", { test: contract }] },
});
