import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { isProblem } from "./problem";
import { Session } from "./session";

const URL = "http://localhost:3000/files";
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

function signedIn(): Session {
  const paths = { refresh: "/refresh", logout: "/logout", logoutEverywhere: "/logout-all" };
  const session = new Session({ baseUrl: "http://localhost:3000", paths, channel: "upload-tests" });
  session.accept({ access_token: "first", expires_in: 900 });
  return session;
}

function form(): FormData {
  const made = new FormData();
  made.append("file", new File(["<xs:schema/>"], "a.xsd"));
  return made;
}

const nothing = () => undefined;

test("an expired token is renewed and the form sent again", async () => {
  const tokens: (string | null)[] = [];
  server.use(
    http.post(URL, ({ request }) => {
      tokens.push(request.headers.get("Authorization"));
      return tokens.length === 1
        ? new HttpResponse(null, { status: 401 })
        : HttpResponse.json({ name: "a.xsd" }, { status: 201, headers: { ETag: '"1"' } });
    }),
    http.post("http://localhost:3000/refresh", () =>
      HttpResponse.json({ access_token: "second", expires_in: 900 }),
    ),
  );
  const response = await signedIn().upload({ url: URL, form: form(), onProgress: nothing });
  expect(tokens).toEqual(["Bearer first", "Bearer second"]);
  expect([response.status, response.headers.get("ETag")]).toEqual([201, '"1"']);
  expect(await response.json()).toEqual({ name: "a.xsd" });
});

test("no answer is a problem, and a stop is the signal's reason", async () => {
  server.use(http.post(URL, () => HttpResponse.error()));
  const failed: unknown = await signedIn()
    .upload({ url: URL, form: form(), onProgress: nothing })
    .catch((error: unknown) => error);
  expect(isProblem(failed, "unreachable")).toBe(true);
  const stopped = AbortSignal.abort("enough");
  await expect(
    signedIn().upload({ url: URL, form: form(), onProgress: nothing, signal: stopped }),
  ).rejects.toBe("enough");
});
