/** Every text of the approvals. */
export const approvalMessages = {
  title: "Approvals",
  description: "Versions of reports that wait for somebody who did not write them.",
  filterState: "Waits for",
  any: "Everything",
  states: { in_review: "A decision", approved: "Its day" },
  noneTitle: "Nothing waits for approval",
  none: "When somebody submits a version of a report, it stands here until it is approved or rejected.",
  by: (name: string) => `Submitted by ${name}`,
  unknown: "somebody",
  liveFrom: "Goes live on",
  open: "Open the version",
  changes: "See what changed",
  hideChanges: "Hide what changed",
  cannot: (reason: string) => `You cannot decide: ${reason}`,
  pages: "Pages of approvals",
} as const;
