/** Every text of the account. */
export const accountMessages = {
  title: "Account",
  you: "You",
  fullName: "Name",
  email: "E-mail",
  role: "Role",
  company: "Company",
  companyName: "Name of the company",
  save: "Save",
  saved: "Saved",
  password: {
    title: "Password",
    current: "Current password",
    next: "New password",
    hint: "At least 12 characters. Several unrelated words make a good one. Your other sessions end.",
    action: "Change the password",
    done: "The password is changed; your other sessions have ended.",
    wrong: "The current password is not right.",
  },
  sessions: {
    title: "Sessions",
  },
  deletion: {
    title: "Delete the account",
    text: "Keys stop at once, everybody of the team is signed out, and names and addresses are forgotten. This cannot be taken back.",
    action: "Delete the account",
    dialog: (company: string) => `Delete the account of “${company}”`,
    password: "Your password",
    wrong: "The password is not right.",
  },
} as const;
