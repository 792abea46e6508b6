/** Why nobody was signed in. Which of e-mail and password was wrong is not told. */
import { Callout, ErrorState } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { signInMessages as text } from "./messages";

const DEFAULT_WAIT_SECONDS = 60;
const SAID: Record<string, string> = {
  sign_in_refused: text.refused,
  second_factor_refused: text.codeRefused,
  challenge_expired: text.secondFactor.expired,
};

export function SignInProblem({ error }: { error: unknown }) {
  const said = isProblem(error)
    ? error.status === 429
      ? text.throttled(error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS)
      : SAID[error.code]
    : undefined;
  if (said === undefined) return <ErrorState error={error} />;
  return <Callout tone="failed" title={said} />;
}
