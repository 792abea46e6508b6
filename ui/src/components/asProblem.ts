import { ApiProblem } from "../api/problem";

/** Any thrown thing as a problem, so that one component can show it. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    code: "page_failed",
    title: "This page failed",
    detail: error instanceof Error ? error.message : String(error),
  });
}
