import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "../ui/scripts/compressed.mjs";

const externalApi = process.env["OPENREG_EXTERNAL_API"] ?? "http://127.0.0.1:8001";
const fromApi = { target: externalApi, changeOrigin: false };

export default defineConfig({
  plugins: [react(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // The server replaces the placeholder by a fresh value in every page.
  html: { cspNonce: "__CSP_NONCE__" },
  publicDir: fileURLToPath(new URL("../ui/public", import.meta.url)),
  build: {
    outDir: fileURLToPath(new URL("../external_api/static", import.meta.url)),
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0,
  },
  server: {
    port: 3001,
    proxy: {
      "/external_api": fromApi,
      "/config.js": fromApi,
      "/docs": fromApi,
      "/openapi.json": fromApi,
      "/ready": fromApi,
    },
  },
  test: {
    name: "customer-portal",
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.tsx"],
    css: false,
    testTimeout: 30_000,
  },
});
