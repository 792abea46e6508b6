/** Every text of signing up and in, of forgotten passwords and of invitations. */
import { plural } from "@openreg/ui";

const wait = (seconds: number) =>
  seconds < 90
    ? plural(seconds, { one: "# second", other: "# seconds" })
    : plural(Math.ceil(seconds / 60), { one: "# minute", other: "# minutes" });

export const signInMessages = {
  title: "Sign in",
  purpose: "For customers of a publisher who runs OpenReg.",
  email: "E-mail",
  password: "Password",
  action: "Sign in",
  forgot: "Forgot your password?",
  toSignUp: "Create an account",
  noAccount: "New here?",
  toSignIn: "Sign in",
  hasAccount: "You have an account?",
  back: "Back to sign in",
  refused: "The e-mail or the password is not right.",
  unverified: "The sign-up is not finished yet",
  unverifiedFix:
    "Open the link in the mail that was sent to you. If it is too old, sign up again with the same address.",
  throttled: (seconds: number) => `Too many attempts. Try again in ${wait(seconds)}.`,
  linkInvalid: "This link or the password is not right",
  linkInvalidFix:
    "A link works once and not for ever. Type the password you chose when you signed up, or sign up again.",
  reasons: {
    logout: "You have signed out.",
    expired: "Your session has ended. Sign in to go on.",
    idle: "You were signed out because nothing happened for a while.",
    deleted: "The account is deleted, and every key with it.",
  },
  signUp: {
    title: "Create an account",
    description: "The way to your first call: this form, the link in a mail, a plan, a key.",
    company: "Company",
    fullName: "Your name",
    action: "Create the account",
    sentTitle: "Look into your mail",
    sent: (email: string) => `A link to finish is on its way to ${email}. It works for one day.`,
    sentHint: "Nothing there after a minute? Look at the spam folder, or have it sent again.",
    again: "Send it again",
    againIn: (seconds: number) => `Send it again (${seconds} s)`,
    sentAgain: "It was sent again. Only the newest link works.",
    mistyped: "The address is wrong",
  },
  verify: {
    title: "Finish your sign-up",
    description: "Type the password that you have just chosen: the link alone opens nothing.",
    action: "Finish and sign in",
    again: "Sign up again",
  },
  forgotten: {
    title: "Forgot your password?",
    description: "Give the address of your account. If there is one, a mail with a link is sent to it.",
    action: "Send the link",
    sent: "If there is an account with this address, a mail with a link is on its way. The link works for one hour.",
  },
  reset: { title: "A new password" },
  invitation: {
    title: "Join the team",
    description:
      "You are invited to the API account of a company. Your name and a password are all that is missing.",
    choosePassword: "Choose a password",
    action: "Join",
  },
} as const;
