/** Every text of the notices. */
import { plural } from "@openreg/ui";

export const noticeMessages = {
  title: "Notices",
  description: "What you can act on. Which of them you get is chosen under Account.",
  bell: (unread: number) =>
    unread === 0 ? "Notices" : plural(unread, { one: "Notices, # unread", other: "Notices, # unread" }),
  firstUseTitle: "No notice yet",
  firstUse: "You are told here when a run fails, an approval waits for you, or a destination stops working.",
  all: "All notices",
  readAll: "Mark all as read",
  unread: "Unread",
  read: "Read",
  columns: { title: "Notice", text: "Text", state: "State", at: "When" },
  onlyUnread: "Only unread",
  preferences: {
    title: "Notices",
    label: "How you are told, by kind of notice",
    kind: "Kind",
    inApp: "Here",
    mail: "By mail",
    digest: "Send mails together, once a day",
    hour: "At this hour",
    save: "Save",
    saved: "Saved",
    inAppOf: (kind: string) => `${kind}: here`,
    mailOf: (kind: string) => `${kind}: by mail`,
  },
} as const;

/** "run_failed" as people read it: "Run failed". */
export function kindName(kind: string): string {
  const words = kind.replaceAll("_", " ").replaceAll(".", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
