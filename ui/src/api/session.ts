/**
 * Who is signed in. The access token lives in memory only; the refresh token is a cookie that scripts cannot read.
 *
 * Requests that are refused together share one refresh. Tabs take turns (a lock of the browser) and tell each other the
 * outcome, so that a rotated refresh token is never used twice.
 */
import { problemOf, unreachable } from "./problem";
import { sendForm, type FormRequest } from "./upload";

export interface TokenAnswer {
  access_token: string;
  expires_in: number;
}

export interface SessionPaths {
  refresh: string;
  logout: string;
  /** Where the service can end all sessions at once. */
  logoutEverywhere?: string;
}

export type SessionState = "unknown" | "signed_in" | "signed_out";
/** Why a session ended, so that the sign-in page can say it. */
export type EndReason = "logout" | "expired" | "idle";

type Message =
  | { kind: "token"; answer: TokenAnswer }
  | { kind: "ended"; reason: EndReason }
  | { kind: "tenant_changed" }
  | { kind: "active" };

const CSRF = { "X-OpenReg-CSRF": "1" };

export interface SessionOptions {
  baseUrl: string;
  paths: SessionPaths;
  /** Tabs of the same application talk on one channel; two applications on one host must not share it. */
  channel: string;
  fetch?: typeof fetch;
}

export class Session {
  state: SessionState = "unknown";
  endReason: EndReason | null = null;
  private token: string | null = null;
  private tokenCount = 0;
  private refreshing: Promise<boolean> | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly activityListeners = new Set<() => void>();
  private readonly tabs: BroadcastChannel | null;

  constructor(private readonly options: SessionOptions) {
    this.tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(options.channel);
    this.tabs?.addEventListener("message", (event: MessageEvent<Message>) => this.hear(event.data));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): SessionState => this.state;

  /** Find out once whether the browser still has a session; to be awaited before the first private page. */
  async start(): Promise<SessionState> {
    if (this.state === "unknown") await this.refresh();
    return this.state;
  }

  /** Take over the answer of a sign-in or of a change of tenant. */
  accept(answer: TokenAnswer): void {
    this.keep(answer);
    this.tell({ kind: "token", answer });
  }

  /** The other tabs show another tenant's rows: they must load again. */
  announceTenantChange(): void {
    this.tell({ kind: "tenant_changed" });
  }

  /** One refresh for all who ask at the same time. False when the session is over. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.takeTurn().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  /** `fetch` with the access token; refreshes and repeats once when the token has expired. */
  fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const second = request.clone();
    return this.withToken((isRepeated) => this.send(this.authorised(isRepeated ? second : request)));
  };

  /** Send a form as `fetch` would, and say how much of it has gone, which `fetch` cannot. */
  upload = (form: FormRequest): Promise<Response> =>
    this.withToken(() =>
      sendForm({ ...form, ...(this.token === null ? {} : { authorisation: `Bearer ${this.token}` }) }),
    );

  /** End the session here, in the other tabs and, if it can be reached, at the server. */
  async end(reason: EndReason, where: "here" | "everywhere" = "here"): Promise<void> {
    const { logout, logoutEverywhere } = this.options.paths;
    try {
      await this.cookieCall(where === "here" ? logout : (logoutEverywhere ?? logout));
    } finally {
      this.forget(reason);
      this.tell({ kind: "ended", reason });
    }
  }

  /** Somebody works in this tab: the other tabs must not end the session for idleness. */
  reportActivity(): void {
    this.tell({ kind: "active" });
  }

  onActivityElsewhere(listener: () => void): () => void {
    this.activityListeners.add(listener);
    return () => this.activityListeners.delete(listener);
  }

  private async withToken(call: (isRepeated: boolean) => Promise<Response>): Promise<Response> {
    const used = this.token;
    const answer = await call(false);
    if (answer.status !== 401 || used === null) return answer;
    // Another request may have refreshed while this one was under way.
    const isRenewed = this.token !== used && this.token !== null ? true : await this.refresh();
    return isRenewed ? call(true) : answer;
  }

  private authorised(request: Request): Request {
    if (this.token !== null) request.headers.set("Authorization", `Bearer ${this.token}`);
    return request;
  }

  private async takeTurn(): Promise<boolean> {
    const before = this.tokenCount;
    const turn = async () => (this.tokenCount > before ? true : this.renew());
    return "locks" in navigator ? navigator.locks.request(`${this.options.channel}-refresh`, turn) : turn();
  }

  private async renew(): Promise<boolean> {
    const response = await this.cookieCall(this.options.paths.refresh);
    if (response.ok) {
      this.accept((await response.json()) as TokenAnswer);
      return true;
    }
    // A server in trouble does not end a session; only a refusal does.
    if (response.status >= 500 || response.status === 429) throw await problemOf(response);
    const wasSignedIn = this.state === "signed_in";
    this.forget(wasSignedIn ? "expired" : null);
    if (wasSignedIn) this.tell({ kind: "ended", reason: "expired" });
    return false;
  }

  private cookieCall(path: string): Promise<Response> {
    return this.send(
      new Request(new URL(this.options.baseUrl + path, window.location.href), {
        method: "POST",
        credentials: "include",
        headers: { "Content-Type": "application/json", ...CSRF },
        body: "{}",
      }),
    );
  }

  private async send(request: Request): Promise<Response> {
    try {
      return await (this.options.fetch ?? fetch)(request);
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      throw unreachable(cause);
    }
  }

  private keep(answer: TokenAnswer): void {
    this.token = answer.access_token;
    this.tokenCount += 1;
    this.endReason = null;
    this.change("signed_in");
  }

  private forget(reason: EndReason | null): void {
    this.token = null;
    this.endReason = reason;
    this.change("signed_out");
  }

  private change(state: SessionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  private hear(message: Message): void {
    if (message.kind === "token") this.keep(message.answer);
    if (message.kind === "ended") this.forget(message.reason);
    if (message.kind === "tenant_changed") window.location.reload();
    if (message.kind === "active") for (const listener of this.activityListeners) listener();
  }

  private tell(message: Message): void {
    this.tabs?.postMessage(message);
  }
}

/** Headers that cookie endpoints demand: another site's form cannot set them. */
export const csrfHeaders = CSRF;
