/** What waits for a decision. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { operations } from "@/api/schema.gen";
import type { Schema } from "@/api/types";
import { approvalKeys } from "./keys";

export type Approval = Schema<"ApprovalAnswer">;
export type ApprovalFilters = NonNullable<
  operations["list_approvals_api_v1_approvals_get"]["parameters"]["query"]
>;

export const approvalsQuery = (filters: ApprovalFilters) =>
  queryOptions({
    queryKey: approvalKeys.list(filters),
    queryFn: ({ signal }) => answer(api.GET("/api/v1/approvals", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });
