/** What happened to a transaction: what is asked of the API, and how the answers are kept. */
import { answer } from "@openreg/ui/api";
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Transaction = Schema<"TransactionAnswer">;
export type TimelineEntry = Schema<"TimelineAnswer">;

/** Page after page of runs, the newest first; nothing is asked for without a record. */
export const transactionsQuery = (record: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["transactions", record],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/transactions", {
          params: { query: { record: record ?? "", ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: record !== undefined,
  });
