/** The one client of the backend: typed by the committed OpenAPI document, signed in by the session. */
import { Session } from "@openreg/ui/api";
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";

declare global {
  interface Window {
    /** Written by /config.js, from the settings of the server. */
    __OPENREG__?: { apiUrl?: string };
  }
}

export const apiUrl: string =
  window.__OPENREG__?.apiUrl || import.meta.env.VITE_API_URL || window.location.origin;

export const session = new Session({
  baseUrl: apiUrl,
  paths: {
    refresh: "/api/v1/auth/refresh",
    logout: "/api/v1/auth/logout",
    logoutEverywhere: "/api/v1/auth/logout-all",
  },
  channel: "openreg-admin",
});

export const api = createClient<paths>({ baseUrl: apiUrl, fetch: session.fetch });
