/** A form sent with a word on how much of it has gone: `XMLHttpRequest` is the only sender of a browser that tells. */
import { unreachable } from "./problem";

export interface FormRequest {
  url: string;
  form: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The part that has gone, from 0 to 1. */
  onProgress: (part: number) => void;
}

/** Rejects with ApiProblem when no answer comes, and with the signal's reason when it is aborted. */
export function sendForm({
  url,
  form,
  headers = {},
  signal,
  onProgress,
  authorisation,
}: FormRequest & { authorisation?: string }): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (authorisation) request.setRequestHeader("Authorization", authorisation);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(responseOf(request));
    request.onerror = () => reject(unreachable(new TypeError("The form could not be sent.")));
    request.onabort = () => reject(signal?.reason);
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    if (signal?.aborted) reject(signal.reason);
    else request.send(form);
  });
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split("\r\n")) {
    const [name = "", ...value] = line.split(": ");
    if (name) headers.append(name, value.join(": "));
  }
  return new Response(request.responseText, {
    status: request.status,
    statusText: request.statusText,
    headers,
  });
}
