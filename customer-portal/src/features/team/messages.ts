/** Every text of the team. */
import type { Role } from "./api";

export const roleNames: Record<Role, string> = {
  owner: "Owner",
  admin: "Administrator",
  developer: "Developer",
  billing: "Billing",
  viewer: "Viewer",
};

export const roleSentences: Record<Role, string> = {
  owner: "Everything, the end of the account included.",
  admin: "Everything but the end of the account.",
  developer: "Makes keys and sees usage.",
  billing: "Changes the plan and sees invoices.",
  viewer: "Sees keys and usage, changes nothing.",
};

export const teamMessages = {
  title: "Team",
  description: "Who works with this account, and what each may do.",
  invite: "Invite somebody",
  people: "People",
  invitations: "Invitations",
  columns: {
    name: "Name",
    email: "E-mail",
    role: "Role",
    since: "Since",
    expires: "Until",
    action: "Action",
  },
  you: "You",
  roleOf: (name: string) => `Role of ${name}`,
  changed: (name: string, role: string) => `${name} now has the role ${role}.`,
  remove: "Remove",
  removeTitle: (name: string) => `Remove ${name}`,
  removeText: "They are signed out at once and come in no more. Keys of the company go on working.",
  removed: (name: string) => `${name} is removed.`,
  withdraw: "Withdraw",
  withdrawn: (email: string) => `The invitation of ${email} opens nothing any more.`,
  email: "E-mail",
  emailHint: "A link to join is mailed to this address. It works for seven days.",
  role: "Role",
  send: "Send the invitation",
  sent: (email: string) => `An invitation is on its way to ${email}.`,
} as const;
