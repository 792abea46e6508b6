/** How answers are kept: how long they are fresh, and which failures are worth another try. */
import { ApiProblem } from "@openreg/ui/api";
import { QueryClient } from "@tanstack/react-query";

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
