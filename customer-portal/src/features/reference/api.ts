/** The service's own description, and a call with a key of the customer: to the same service, and never in the session. */
import { problemOf, unreachable } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { apiUrl } from "@/api/client";
import type { OpenApi } from "./openapi";

const LONGEST_SHOWN = 200_000;
/** Of all headers of an answer, those that say something to who programs against it. */
const TOLD_HEADERS = [
  "content-type",
  "etag",
  "age",
  "x-cache",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "openreg-version",
  "deprecation",
  "sunset",
  "link",
  "x-request-id",
];

export const documentQuery = () =>
  queryOptions({
    queryKey: ["openapi"],
    queryFn: async ({ signal }) => {
      const response = await fetch(`${apiUrl}/openapi.json`, { signal, credentials: "omit" });
      if (!response.ok) throw await problemOf(response);
      return (await response.json()) as OpenApi;
    },
    staleTime: Infinity,
  });

export interface TriedCall {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  secret: string;
}

export interface TriedAnswer {
  status: number;
  words: string;
  milliseconds: number;
  headers: [string, string][];
  contentType: string;
  size: number;
  /** Undefined for what is no text. */
  text?: string;
  isCut: boolean;
}

export async function tryCall({ method, path, headers, body, secret }: TriedCall): Promise<TriedAnswer> {
  const began = performance.now();
  const response = await fetch(apiUrl + path, {
    method,
    credentials: "omit",
    headers: {
      ...headers,
      Authorization: `Bearer ${secret}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  const content = await response.blob();
  const contentType = response.headers.get("Content-Type") ?? "";
  const isText = /json|text|xml|csv/.test(contentType);
  return {
    status: response.status,
    words: response.statusText,
    milliseconds: performance.now() - began,
    headers: TOLD_HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as [string, string]];
    }),
    contentType,
    size: content.size,
    ...(isText ? { text: await content.slice(0, LONGEST_SHOWN).text() } : {}),
    isCut: content.size > LONGEST_SHOWN,
  };
}
