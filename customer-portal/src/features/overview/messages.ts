/** Every text of the overview. */
import { formatDateTime, formatNumber } from "@openreg/ui";

export const overviewMessages = {
  title: "Overview",
  plan: "Plan",
  noPlan: "none yet",
  planUntil: (at: string) => `until ${formatDateTime(at)}`,
  keys: "Open keys",
  keysOf: (count: number, most: number) => `${formatNumber(count)} of ${formatNumber(most)}`,
  calls: "Calls this month",
  callsOf: (count: number, quota: number) => `${formatNumber(count)} of ${formatNumber(quota)}`,
  errors: "Refused or failed today",
  checklist: {
    title: "To your first call",
    done: "Done",
    open: "Open",
    steps: {
      verified: { name: "Verify your address", text: "Done when you followed the link in the mail." },
      plan: { name: "Choose a plan", text: "It says what you may read, and how often." },
      key: { name: "Create a key", text: "One for each program. It is shown once." },
      call: { name: "Make the first call", text: "Paste the lines below into a terminal." },
    },
    waiting: "Waiting for your first call…",
    check: "Look again",
    arrived: "Your first call has arrived.",
  },
  firstCall: "First call",
  example: "A call to try",
  withKey: "With the key that you have just made, which this page knows until you reload it.",
  withoutKey: "Put a key in place of $OPENREG_API_KEY. It was shown when the key was made.",
  next: "Everything else that can be called:",
  toReference: "Docs and try it",
} as const;
