import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "./problem";
import { Session } from "./session";

const BASE = "http://localhost:3000";
const PATHS = { refresh: "/auth/refresh", logout: "/auth/logout", logoutEverywhere: "/auth/logout-all" };

/** A server that knows one valid token; every refresh gives the next. */
function server(options: { refreshStatus?: number } = {}) {
  let valid = 1;
  const calls: string[] = [];
  const respond = vi.fn(async (input: RequestInfo | URL) => {
    const request = input as Request;
    const path = new URL(request.url).pathname;
    calls.push(path);
    if (path === PATHS.refresh) {
      if (options.refreshStatus) return new Response("{}", { status: options.refreshStatus });
      valid += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Response.json({ access_token: `token-${valid}`, expires_in: 900 });
    }
    if (path === PATHS.logout) return new Response(null, { status: 204 });
    const isGood = request.headers.get("Authorization") === `Bearer token-${valid}`;
    return new Response(await request.text(), { status: isGood ? 200 : 401 });
  });
  return { calls, respond, expire: () => (valid += 1) };
}

function sessionOf(fetcher: typeof fetch, channel: string): Session {
  return new Session({ baseUrl: BASE, paths: PATHS, channel, fetch: fetcher });
}

afterEach(() => vi.restoreAllMocks());

describe("Session", () => {
  it("refreshes once for requests that are refused together, and repeats each", async () => {
    const { calls, respond, expire } = server();
    const session = sessionOf(respond, "parallel");
    await session.start();
    expire();
    const answers = await Promise.all([1, 2, 3].map(() => session.fetch(`${BASE}/things`)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(calls.filter((path) => path === PATHS.refresh)).toHaveLength(2); // the start, and one for all three
  });

  it("sends the body again when it repeats a request", async () => {
    const { respond, expire } = server();
    const session = sessionOf(respond, "body");
    await session.start();
    expire();
    const answer = await session.fetch(`${BASE}/things`, { method: "POST", body: "the body" });
    expect(await answer.text()).toBe("the body");
  });

  it("is signed out when the server refuses to refresh", async () => {
    const session = sessionOf(server({ refreshStatus: 401 }).respond, "refused");
    expect(await session.start()).toBe("signed_out");
    expect(session.endReason).toBeNull();
  });

  it("stays as it is when the server is in trouble", async () => {
    const session = sessionOf(server({ refreshStatus: 503 }).respond, "trouble");
    await expect(session.start()).rejects.toBeInstanceOf(ApiProblem);
    expect(session.state).toBe("unknown");
  });

  it("gives the token to other tabs and ends with them", async () => {
    const { respond } = server();
    const first = sessionOf(respond, "tabs");
    const second = sessionOf(respond, "tabs");
    await first.start();
    await vi.waitFor(() => expect(second.state).toBe("signed_in"));
    await first.end("logout");
    await vi.waitFor(() => expect(second.state).toBe("signed_out"));
    expect(second.endReason).toBe("logout");
  });

  it("keeps no token in web storage", async () => {
    const session = sessionOf(server().respond, "storage");
    await session.start();
    // eslint-disable-next-line no-restricted-properties -- looked into, not written
    expect(JSON.stringify({ ...window.localStorage, ...window.sessionStorage })).not.toContain("token-");
  });
});
