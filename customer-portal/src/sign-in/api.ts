import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";

const ASK_EVERY_MS = 30_000;

/** Whether the service could answer a customer now; one that does not answer at all could not. */
export const serviceQuery = queryOptions({
  queryKey: ["service"],
  queryFn: async () => {
    const { response } = await api.GET("/ready");
    return response.ok;
  },
  refetchInterval: ASK_EVERY_MS,
});
