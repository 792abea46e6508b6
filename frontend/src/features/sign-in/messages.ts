/** Every text of signing in. */
import { plural } from "@openreg/ui";

export const signInMessages = {
  title: "Sign in",
  email: "E-mail",
  password: "Password",
  action: "Sign in",
  capsLock: "Caps Lock is on",
  refused: "The e-mail or the password is not right.",
  throttled: (seconds: number) =>
    seconds < 90
      ? `Too many attempts. Try again in ${plural(seconds, { one: "# second", other: "# seconds" })}.`
      : `Too many attempts. Try again in ${plural(Math.ceil(seconds / 60), { one: "# minute", other: "# minutes" })}.`,
  reasons: {
    logout: "You have signed out.",
    expired: "Your session has ended. Sign in to go on.",
    idle: "You were signed out because nothing happened for a while. What you had drafted is kept.",
  },
} as const;
