/** The API of the tests: every test says what it answers, see `mocks/answers.ts`. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { answers } from "./answers";

/** What the frame around every page asks for: no notice, and a stream in which nothing happens. */
export const server = setupServer(
  answers("get", "/api/v1/notices", { items: [], next_cursor: null, unread: 0 }),
  http.get("http://localhost:3000/api/v1/notices/stream", () => {
    const silence = new ReadableStream();
    return new HttpResponse(silence, { headers: { "Content-Type": "text/event-stream" } });
  }),
);
