/** Keys of what waits, and what it can wait for. */
export const approvalKeys = {
  all: ["approvals"] as const,
  list: (filters: object) => ["approvals", "list", filters] as const,
};

export const waitingStates = ["in_review", "approved"] as const;
