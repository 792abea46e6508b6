import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const contract = { name: "contract", environment: "node", include: ["frontend/contract/*.test.mjs"] };

/** Plain functions: no page to load, no isolation between files, and so seconds for all of them. */
const functions = (folder: string) => ({
  root: folder,
  resolve: { alias: { "@": fileURLToPath(new URL(`./${folder}/src`, import.meta.url)) } },
  test: { name: `${folder} functions`, environment: "jsdom", isolate: false, include: ["src/**/*.test.ts"] },
});

/** `npm test` runs everything; the workspaces say how their components are tested. */
export default defineConfig({
  test: {
    pool: "threads",
    projects: [
      "ui",
      "frontend",
      "customer-portal",
      ...["ui", "frontend", "customer-portal"].map(functions),
      { test: contract },
    ],
  },
});
