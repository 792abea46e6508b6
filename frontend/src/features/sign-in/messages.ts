/** Every text of signing in, of forgotten passwords and of invitations. */
import { formatDateTime, plural } from "@openreg/ui";

const wait = (seconds: number) =>
  seconds < 90
    ? plural(seconds, { one: "# second", other: "# seconds" })
    : plural(Math.ceil(seconds / 60), { one: "# minute", other: "# minutes" });

export const signInMessages = {
  title: "Sign in",
  email: "E-mail",
  password: "Password",
  action: "Sign in",
  forgot: "Forgot your password?",
  refused: "The e-mail or the password is not right.",
  codeRefused: "The code is not right, or it has been used already.",
  throttled: (seconds: number) => `Too many attempts. Try again in ${wait(seconds)}.`,
  reasons: {
    logout: "You have signed out.",
    expired: "Your session has ended. Sign in to go on.",
    idle: "You were signed out because nothing happened for a while. What you had drafted is kept.",
  },
  secondFactor: {
    title: "Second factor",
    label: "Code",
    description: "Six digits of your authenticator app, or a recovery code.",
    action: "Confirm",
    back: "Start again",
    expired: "The sign-in took too long. Start again.",
  },
  forgotten: {
    title: "Forgot your password?",
    description: "Give the address of your account. If there is one, a mail with a link is sent to it.",
    action: "Send the link",
    sent: "If there is an account with this address, a mail with a link is on its way. The link works for one hour.",
    back: "Back to sign in",
  },
  reset: { title: "A new password" },
  invitation: {
    title: "Invitation",
    text: (tenant: string, inviter: string | null) =>
      inviter ? `${inviter} invites you to work in ${tenant}.` : `You are invited to work in ${tenant}.`,
    expires: (at: string) => `The invitation can be accepted until ${formatDateTime(at)}.`,
    hasAccount: "You have an account already. Confirm with its password.",
    fullName: "Your name",
    choosePassword: "Choose a password",
    action: "Accept the invitation",
    done: (tenant: string) => `You can now work in ${tenant}. Sign in to begin.`,
  },
} as const;
