/** Keeps the bell true: a new notice of the stream makes it load again. */
import { sse } from "@openreg/ui/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { session } from "@/api/client";
import { noticeKeys, noticeStreamUrl } from "./api";

export function useNoticeStream(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      sse(noticeStreamUrl, {
        fetch: session.fetch,
        onEvent: () => void queries.invalidateQueries({ queryKey: noticeKeys.all }),
      }),
    [queries],
  );
}
