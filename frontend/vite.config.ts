import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import { defineConfig } from "vitest/config";
import { routerOptions } from "./scripts/routes.mjs";
import { compressed } from "../ui/scripts/compressed.mjs";

const backend = process.env["OPENREG_BACKEND"] ?? "http://127.0.0.1:8000";
const fromBackend = { target: backend, changeOrigin: false };

export default defineConfig({
  plugins: [tanstackRouter(routerOptions), react(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // The server replaces the placeholder by a fresh value in every page.
  html: { cspNonce: "__CSP_NONCE__" },
  publicDir: fileURLToPath(new URL("../ui/public", import.meta.url)),
  build: {
    outDir: fileURLToPath(new URL("../backend/static", import.meta.url)),
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0,
  },
  server: { port: 3000, proxy: { "/api": fromBackend, "/config.js": fromBackend } },
  test: {
    name: "frontend",
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    // Longer than one wait of a test (src/test/setup.ts), of which a test has several.
    testTimeout: 30_000,
    include: ["src/**/*.test.tsx"],
    css: false,
    // Long enough for a busy machine; what waits for something that never comes still ends.
    testTimeout: 30_000,
  },
});
