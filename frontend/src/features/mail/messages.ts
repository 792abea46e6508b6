/** Every text of the mail outbox. */
export const mailMessages = {
  title: "Mail outbox",
  description: "What is sent to people. Without a mail server mails are kept here, to be read.",
  columns: { subject: "Subject", to: "To", state: "State", attempts: "Attempts", created: "Written" },
  filterState: "State",
  anyState: "Any state",
  states: {
    pending: "Waiting",
    sending: "Sending",
    retrying: "Trying again",
    sent: "Sent",
    failed: "Failed",
    kept: "Kept",
  },
  firstUseTitle: "No mail yet",
  firstUse: "Invitations, links for new passwords and notices will stand here.",
  to: "To",
  written: "Written",
  finished: "Finished",
  next: "Next attempt",
  error: "Last error",
  noText:
    "The text is not shown: it waits or was sent, or this installation is in production, where it may hold a secret link.",
  textTitle: "Text",
} as const;
