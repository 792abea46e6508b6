/** The one client of the external API, typed by the committed OpenAPI document. */
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";

declare global {
  interface Window {
    /** Written by /config.js, from the settings of the server. */
    __OPENREG__?: { apiUrl?: string };
  }
}

export const apiUrl: string = window.__OPENREG__?.apiUrl || window.location.origin;

// Looked up at each call: tests put their own in its place.
export const api = createClient<paths>({ baseUrl: apiUrl, fetch: (request) => globalThis.fetch(request) });
