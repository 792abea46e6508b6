/** Every text of the screens of deadlines. */
import type { ObligationState } from "./api";

const states: Record<ObligationState, string> = {
  open: "Open",
  at_risk: "At risk",
  breached: "Missed",
  met: "Met",
  met_late: "Met late",
  not_required: "Nothing to report",
};

export const deadlineMessages = {
  title: "Deadlines",
  description: "What is owed for each reporting date, by when on the regulator's clock, and whether it came.",
  firstUseTitle: "Nothing is owed yet",
  firstUse: "Give a report a deadline; what it owes stands here from its first reporting date on.",
  state: "State",
  stateName: (state: ObligationState) => states[state],
  risk: { warning_time: "The warning time has come", usual_duration: "Its usual run no longer fits" },
  columns: {
    report: "Report",
    date: "Reporting date",
    state: "State",
    left: "Time left",
    regulator: "Due there",
    reader: "Due here",
    run: "Came with",
  },
  left: (words: string) => `${words} left`,
  lateBy: (words: string) => `${words} late`,
  noTime: "–",
  run: "Run",
  set: "Set a deadline",
  form: {
    title: "Set a deadline",
    report: "Report",
    current: "The report has one; saving changes it.",
    calendar: "Calendar",
    calendarHint: "A code such as DE, IE or TARGET, or the name of a calendar of your own.",
    days: "Working days after the reporting date",
    time: "Time of day",
    zone: "Time zone",
    zoneHint: "That of the regulator, such as Europe/Berlin.",
    warning: "Warn so many minutes before",
    metBy: "Met when",
    metByChoices: [
      { value: "handed_over", label: "the files have arrived" },
      { value: "run", label: "the run has ended well" },
    ],
    since: "Owed from reporting date",
    save: "Save",
    saved: "The deadline is set",
  },
  next: "Next deadlines",
  all: "All deadlines",
};
