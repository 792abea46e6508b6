/** Answers of the API for tests, typed by the generated schema so that they cannot drift from it. */
import { http, HttpResponse, type JsonBodyType } from "msw";
import type { paths } from "@/api/schema.gen";

const BASE = "http://localhost:3000";

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends object ? P : never;
}[keyof paths];
type OkJson<P extends keyof paths, M extends Method> = paths[P][M] extends { responses: infer R }
  ? {
      [S in keyof R & (200 | 201 | 202)]: R[S] extends { content: { "application/json": infer B } }
        ? B
        : never;
    }[keyof R & (200 | 201 | 202)]
  : never;

/** A handler of `path` that answers with a body of the right type; `seen` gets each request. */
export function answers<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  body: OkJson<P, M> | ((request: Request) => OkJson<P, M>),
  headers: Record<string, string> = {},
) {
  return http[method](address(path), ({ request }) => {
    const value = typeof body === "function" ? (body as (request: Request) => OkJson<P, M>)(request) : body;
    return HttpResponse.json(value as JsonBodyType, { headers });
  });
}

/** A handler of `path` that answers with a stream of events. */
export function streams<M extends Method>(
  method: M,
  path: PathsWith<M>,
  events: readonly { event: string; data: unknown }[],
) {
  const body = events.map(({ event, data }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join("");
  return http[method](address(path), () =>
    HttpResponse.text(body, { headers: { "Content-Type": "text/event-stream" } }),
  );
}

/** A handler of `path` that refuses with a problem document. */
export function refuses<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  status: number,
  code: string,
  extra: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  return http[method](address(path), () =>
    HttpResponse.json(
      {
        type: `urn:openreg:problem:${code}`,
        title: "Refused",
        status,
        code,
        request_id: "request-of-a-test",
        ...extra,
      },
      { status, headers: { "Content-Type": "application/problem+json", ...headers } },
    ),
  );
}

/** `/runs/{run_id}` as MSW writes it: `/runs/:run_id`. */
function address(path: keyof paths): string {
  return BASE + path.replace(/\{(\w+)\}/g, ":$1");
}
