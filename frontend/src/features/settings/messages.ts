/** Every text of the settings of a tenant. */
import { formatDateTime } from "@openreg/ui";

export const settingsMessages = {
  title: "Settings",
  changed: (at: string, by: string | undefined) =>
    by ? `Last changed on ${formatDateTime(at)} by ${by}.` : `Last changed on ${formatDateTime(at)}.`,
  unchanged: "Nothing has been changed yet: these are the defaults.",
  save: "Save",
  saved: "Saved",
  isDefault: (value: number | undefined) => (value === undefined ? undefined : `Default: ${value}`),
  conflict: "Somebody else has changed the settings since you opened this page.",
  keepMine: "Save mine all the same",
  takeTheirs: "Take theirs",
  organisation: {
    title: "Organisation",
    name: "Name",
    environment: "What it is for",
    environments: { production: "Production", sandbox: "Sandbox: nothing is a report to a regulator" },
    zone: "Time zone",
    zoneHint: "As Europe/Amsterdam. Business days begin and end in it.",
  },
  security: {
    title: "Security",
    idle: "Sign out after this many minutes without activity",
    fourEyes: "Four-eyes approval",
    fourEyesHint: "A report goes into production only when somebody else has approved it.",
    fourEyesFixed: "In production this cannot be switched off.",
    reason: "Why one person alone may decide",
  },
  webhooks: {
    title: "Webhooks",
    days: "Keep events and what was sent of them for so many days",
  },
  mail: {
    title: "Mail",
    sender: "Name of the sender",
    senderHint: "Empty means the name of the organisation.",
  },
} as const;
