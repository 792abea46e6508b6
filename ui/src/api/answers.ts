/** What a typed call gives: the answer, or a thrown problem. */
import { ApiProblem, problemOf, type ProblemDocument } from "./problem";

interface Answered {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer. Throws ApiProblem. */
export async function answer<T extends Answered>(call: Promise<T>): Promise<NonNullable<T["data"]>> {
  return (await tagged(call)).body;
}

/** A resource with the tag that a change of it has to name (`If-Match`). Throws ApiProblem. */
export async function tagged<T extends Answered>(call: Promise<T>): Promise<Tagged<NonNullable<T["data"]>>> {
  const { data, error, response } = await call;
  // The client has read the body already.
  if (!response.ok)
    throw new ApiProblem(isDocument(error) ? error : { title: response.statusText }, response);
  return { body: data as NonNullable<T["data"]>, etag: response.headers.get("ETag") };
}

export interface Tagged<T> {
  body: T;
  etag: string | null;
}

/** The header of a change that must not overwrite somebody else's. */
export function ifMatch(etag: string | null): Record<string, string> {
  return etag === null ? {} : { "If-Match": etag };
}

/** The header of a request that creates or starts something and may be sent twice. */
export function idempotencyKey(key: string): Record<string, string> {
  return { "Idempotency-Key": key };
}

/** Fetch a file with the access token and hand it to the browser's downloads. Throws ApiProblem. */
export async function download(fetcher: typeof fetch, url: string, fallbackName: string): Promise<void> {
  const response = await fetcher(url);
  if (!response.ok) throw await problemOf(response);
  const name = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  saveFile(await response.blob(), name ?? fallbackName);
}

/** Hand a file to the browser's downloads. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function isDocument(error: unknown): error is ProblemDocument {
  return typeof error === "object" && error !== null;
}
