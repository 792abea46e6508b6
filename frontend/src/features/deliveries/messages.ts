/** Every text of the delivery screens. */
import { plural } from "@openreg/ui";
import type { DeliveryAction } from "./actions";
import type { DeliveryStateName } from "./api";
import type { Within } from "./within";

const states: Record<DeliveryStateName, string> = {
  pending: "Pending",
  sending: "Sending",
  retrying: "Retrying",
  delivered: "Delivered",
  failed: "Failed",
  paused: "Paused",
  stopped: "Stopped",
  cancelled: "Cancelled",
};

const withins: Record<Within, string> = {
  hour: "In the last hour",
  day: "In the last 24 hours",
  week: "In the last 7 days",
  month: "In the last 30 days",
};

const actions: Record<DeliveryAction, string> = {
  retry: "Try again now",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel delivery",
  redeliver: "Send once more",
};

export const deliveryMessages = {
  title: "Deliveries",
  description: "Every file on its way to a destination, and what became of it.",
  back: "Deliveries",
  copyId: "delivery id",
  firstUseTitle: "No delivery yet",
  firstUse: "When a run of a report with a destination has ended, its files are delivered and stand here.",
  toDestinations: "See destinations",
  stateTabs: "Deliveries by state",
  allStates: "All",
  stateName: (state: DeliveryStateName) => states[state],
  test: "Test",
  columns: {
    file: "File",
    report: "Report",
    date: "Reporting date",
    destination: "Destination",
    state: "State",
    attempts: "Attempts",
    size: "Size",
    created: "Put into the line",
    finished: "Ended",
  },
  filterDestination: "Destination",
  anyDestination: "Any destination",
  filterWithin: "Time",
  anyTime: "Any time",
  withinName: (within: Within) => withins[within],
  filterFrom: "Reporting date from",
  filterTo: "Reporting date to",
  ofRun: (run: string) => `Of run ${run}`,
  allRuns: "Of all runs",
  goesTo: (file: string, destination: string) => `${file} → ${destination}`,
  nth: (number: number) => `Sent on purpose for the ${ordinal(number)} time`,
  facts: {
    destination: "Destination",
    report: "Report",
    date: "Reporting date",
    run: "Run",
    files: "File",
    submission: "Submission",
    size: "Size",
    created: "Put into the line",
    next: "Next attempt",
    finished: "Ended",
    before: "Sent before as",
    beforeLink: "the delivery before",
    reason: "Reason",
  },
  runLink: "Open the run",
  filesLink: "Files of the run",
  waitsForDestination: {
    paused: "It waits: its destination is paused, and it goes on with it.",
    stopped: "It waits: its destination is stopped until somebody has looked at its host key.",
    action: "Go to the destination",
  },
  failedTitle: {
    failed: "It could not be delivered",
    retrying: "The last attempt failed; it is tried again",
    other: "The last attempt failed",
  },
  progress: (sent: string, size: string) => `${sent} of ${size} sent`,
  receipt: {
    title: "Receipt",
    readBack: "Size and hash were read back from the destination.",
    server: "Server",
    path: "Path there",
    size: "Size",
    sha: "SHA-256",
    modified: "Time at the server",
    hostKey: "Host key it showed",
    certificate: "Certificate it showed",
    alreadyThere: "It was there already, whole, from an attempt that broke off before its answer came.",
    resumed: (at: string) => `Continued at ${at}, where an attempt before had broken off.`,
    companions: "What followed the file",
  },
  attempts: {
    title: "Attempts",
    none: "Nothing was sent yet.",
    number: "Attempt",
    started: "Began",
    took: "Took",
    sent: "Sent",
    result: "Result",
    delivered: "Delivered",
  },
  actionName: (action: DeliveryAction) => actions[action],
  done: {
    retry: "It is tried again now",
    pause: "The delivery is paused",
    resume: "The delivery goes on",
    cancel: "The delivery is cancelled",
    redeliver: "The file is sent once more",
  } satisfies Record<DeliveryAction, string>,
  cancel: {
    title: (file: string) => `Cancel the delivery of ${file}`,
    text: "Nothing more is sent of it. What has arrived at the destination stays there. The file can be sent once more later.",
  },
  redeliver: {
    title: (file: string) => `Send ${file} once more`,
    text: "The same file goes to the same destination again, as a delivery of its own. A file with another content and the same name there is left alone.",
  },
  reason: "Reason",
  openAll: "All of them in the list of deliveries",
  waiting: (count: number) => plural(count, { one: "# waits", other: "# wait" }),
} as const;

function ordinal(number: number): string {
  const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
  return `${number}${endings[new Intl.PluralRules("en", { type: "ordinal" }).select(number)] ?? "th"}`;
}
