/** The external API of the tests: ready, unless a test says otherwise. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

export const server = setupServer(
  http.get("http://localhost:3000/ready", () => HttpResponse.json({ status: "ready", checks: {} })),
);
