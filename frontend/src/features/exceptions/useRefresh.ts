/** What was changed is read again: the exception, the lists it stands in, and the runs it belongs to. */
import { useQueryClient } from "@tanstack/react-query";
import { runKeys } from "@/features/runs/api";
import { exceptionKeys } from "./api";

export function useRefresh() {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: exceptionKeys.all }),
      queries.invalidateQueries({ queryKey: runKeys.all }),
    ]);
  };
}
