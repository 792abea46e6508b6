/** A refusal of the API (RFC 9457), or an answer that never came. */

export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  code?: string;
  detail?: string | null;
  fix?: string | null;
  request_id?: string | null;
  errors?: ProblemPlace[] | null;
  [extra: string]: unknown;
}

/** One place in a request that is wrong; `pointer` is a JSON pointer such as `/body/email`. */
export interface ProblemPlace {
  pointer?: string;
  code?: string;
  detail?: string;
  [extra: string]: unknown;
}

export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly fix: string | null;
  readonly requestId: string | null;
  readonly places: ProblemPlace[];
  /** How long to wait before asking again, if the server said so. */
  readonly retryAfterSeconds: number | null;
  /** The tag of the resource as it is now, after a 412. */
  readonly etag: string | null;
  /** Everything else that the problem carries. */
  readonly extra: Record<string, unknown>;

  constructor(document: ProblemDocument, response?: Response) {
    super(document.detail || document.title || "The request failed.");
    this.name = "ApiProblem";
    this.status = response?.status ?? document.status ?? 0;
    this.code = document.code ?? "unknown";
    this.title = document.title || "The request failed";
    this.fix = document.fix ?? null;
    this.requestId = document.request_id ?? response?.headers.get("X-Request-ID") ?? null;
    this.places = document.errors ?? [];
    this.retryAfterSeconds = seconds(response?.headers.get("Retry-After"));
    this.etag = response?.headers.get("ETag") ?? null;
    this.extra = document;
  }

  /** Whether asking again can help: the network, a limit, or trouble of the server. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Messages by field name, for forms; the last part of the pointer names the field. */
  fieldMessages(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const place of this.places) {
      const field = place.pointer?.split("/").at(-1);
      if (field && place.detail) found[field] = place.detail;
    }
    return found;
  }
}

/** No answer came: the server is down, or the network is. */
export function unreachable(cause: unknown): ApiProblem {
  const problem = new ApiProblem({
    code: "unreachable",
    title: "The server does not answer",
    detail: "The server does not answer.",
    fix: "Check the connection, then try again.",
  });
  problem.cause = cause;
  return problem;
}

/** The problem that a refusing answer carries; one that is not a problem document becomes one. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const isProblem = response.headers.get("Content-Type")?.includes("json") ?? false;
  const text = await response.text();
  if (!isProblem) return new ApiProblem({ title: response.statusText || "The request failed" }, response);
  try {
    return new ApiProblem(JSON.parse(text) as ProblemDocument, response);
  } catch {
    return new ApiProblem({ title: response.statusText || "The request failed" }, response);
  }
}

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code);
}

function seconds(header: string | null | undefined): number | null {
  const value = Number(header);
  return header && Number.isFinite(value) ? value : null;
}
