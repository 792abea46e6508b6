/** Why nobody was signed in. Which of e-mail and password was wrong is not told. */
import { Callout, ErrorState } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { signInMessages as text } from "./messages";

const DEFAULT_WAIT_SECONDS = 60;
const SAID: Record<string, { title: string; fix?: string }> = {
  sign_in_refused: { title: text.refused },
  email_not_verified: { title: text.unverified, fix: text.unverifiedFix },
  customer_link_not_valid: { title: text.linkInvalid, fix: text.linkInvalidFix },
};

export function SignInProblem({ error }: { error: unknown }) {
  if (!isProblem(error)) return <ErrorState error={error} />;
  if (error.status === 429)
    return <Callout tone="failed" title={text.throttled(error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS)} />;
  const said = SAID[error.code];
  return said ? <Callout tone="failed" {...said} /> : <ErrorState error={error} />;
}
