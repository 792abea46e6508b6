/** Every text of the role screens. */
import { plural } from "@openreg/ui";

const people = (count: number) => plural(count, { one: "# person", other: "# people" });

export const roleMessages = {
  title: "Roles",
  description: "A role is a set of permissions. A person may do what any of their roles permits.",
  members: people,
  columns: { role: "Role", about: "What it is for", permissions: "Permissions", members: "People" },
  everything: "Everything",
  permissionCount: (count: number) => plural(count, { one: "# permission", other: "# permissions" }),
  create: "New role",
  matrixTitle: "Who may do what",
  matrixLabel: "Permissions by role",
  permission: "Permission",
  yes: "yes",
  no: "no",
  name: "Name",
  about: "What it is for",
  permissions: "Permissions",
  save: "Save the role",
  saved: "The role is saved.",
  created: "The role is created.",
  remove: "Remove the role",
  removeTitle: (name: string) => `Remove the role “${name}”`,
  removeText: (count: number) =>
    count > 0 ? `${people(count)} lose what only this role permits.` : "Nobody has this role.",
  removed: "The role is removed.",
  isEverything: "This role permits everything, also what later versions bring. It cannot be changed.",
  reviewTitle: "Change what people may do?",
  reviewText: (count: number) => `This changes what ${people(count)} may do.`,
  conflict:
    "Somebody else has changed this role since you opened it. Load it again, then repeat your change.",
  reload: "Load again",
  diff: { gained: "Gained", lost: "Lost", none: "No permission is gained or lost." },
} as const;
