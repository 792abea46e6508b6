/** How answers are kept: how long they are fresh, and which failures are worth another try. */
import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./problem";

const FRESH_MS = 10_000;
const TRIES = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (count, error) => error instanceof ApiProblem && error.isTransient && count < TRIES,
      },
      mutations: { retry: false },
    },
  });
}
