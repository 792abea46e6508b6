/** The one client of the external API: typed by the committed OpenAPI document, signed in by the session. */
import { Session } from "@openreg/ui/api";
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";

declare global {
  interface Window {
    /** Written by /config.js, from the settings of the server. */
    __OPENREG__?: { apiUrl?: string };
  }
}

export const apiUrl: string = window.__OPENREG__?.apiUrl || window.location.origin;

export const session = new Session({
  baseUrl: apiUrl,
  paths: {
    refresh: "/external_api/v1/customers/refresh",
    logout: "/external_api/v1/customers/sign-out",
  },
  channel: "openreg-portal",
});

export const api = createClient<paths>({ baseUrl: apiUrl, fetch: session.fetch });
