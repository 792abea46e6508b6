/** Every text of feedback. */
import { formatNumber } from "@openreg/ui";
import type { AdvicePage, AdviceState, FeedbackState } from "./api";

const states: Record<FeedbackState, string> = {
  received: "Received",
  parsing: "Being read",
  applied: "Applied",
  unmatched: "Unmatched",
  contradictory: "Contradictory",
  refused: "Refused",
};

const adviceStates: Record<AdviceState, string> = {
  accepted: "Accepted",
  pending: "Pending",
  received: "Received",
  rejected: "Rejected",
  unsent: "Not processed",
};

const pages: Record<AdvicePage, string> = {
  rejected: "Rejected",
  pending: "Pending",
  orphans: "Unknown records",
  all: "All that are listed",
};

export const feedbackMessages = {
  title: "Feedback",
  description: "What regulators answered to what was submitted.",
  back: "Feedback",
  copyId: "Copy the feedback's ID",
  states,
  adviceStates,
  filterState: "State",
  anyState: "Any state",
  search: "Part of the file's name",
  columns: {
    name: "File",
    state: "State",
    submission: "Submission",
    accepted: "Accepted",
    pending: "Pending",
    rejected: "Rejected",
    orphans: "Unknown",
    received: "Received",
  },
  firstUseTitle: "No feedback yet",
  firstUse: "Upload the file that a regulator or a trade repository answered with.",
  upload: "Upload feedback",
  dialog: {
    file: "File",
    choose: "Choose a file",
    fileMissing: "Choose the file.",
    hint: "A status advice (auth.031, auth.092, auth.084), or a CSV file.",
    destination: "Whose answer it is",
    destinationHint: "Needed for CSV: the destination says how its answers in CSV are read.",
    noDestination: "Does not matter: it is a message in XML",
    submit: "Upload",
    isNew: "The feedback is being read.",
    known: "This file was received before. Nothing has changed.",
  },
  facts: {
    format: "Message",
    status: "File status",
    submission: "Submission",
    size: "Size",
    hash: "SHA-256",
    received: "Received",
    applied: "Applied",
    receiver: "Addressed to",
    assigned: "Given by hand because",
    none: "None",
  },
  rowsDone: (rows: number) => `${formatNumber(rows)} records read`,
  notApplied: "Nothing of this file was applied",
  partly: "Not everything in this file is ours",
  retry: "Read again",
  cancel: "Stop reading",
  assign: "Assign to a submission",
  assignDialog: {
    submission: "Submission",
    submissionHint: "The ID of the submission that the file is about",
    reason: "Reason",
    reasonHint: "Kept with the file and in the audit log",
    missing: "Say which and why.",
  },
  messages: "Messages",
  messageColumns: {
    id: "Message",
    status: "Status",
    total: "Records stated",
    stated: "Stated",
    listed: "Listed",
    rules: "Rules of the file",
    inferred: "The rest",
    submission: "Submission",
  },
  inferred: "Accepted: the counts agree",
  notInferred: "Nothing is concluded",
  notOurs: "Not ours",
  openSubmission: "Open the submission",
  records: "Records",
  pages,
  recordColumns: { record: "Record", state: "State", rules: "Rules", exception: "Exception" },
  openException: "Open the exception",
  unknownRecord: "Never sent",
  noRecords: "No records",
  noRecordsHint: "The file lists no such records.",
  counts: (counts: Partial<Record<AdviceState, number>>) =>
    Object.entries(counts)
      .map(([state, count]) => `${adviceStates[state as AdviceState]} ${formatNumber(count)}`)
      .join(", "),
  next: "Next records",
  first: "First records",
};
