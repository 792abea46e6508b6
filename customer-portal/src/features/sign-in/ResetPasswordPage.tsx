import { Button, Stack } from "@mantine/core";
import { AppLink, Callout, Password, useLinkToken } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { resetPassword } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.reset;

export function ResetPasswordPage() {
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const reset = useMutation({ mutationFn: resetPassword });
  const places = isProblem(reset.error) ? reset.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    reset.mutate({ token, password });
  }

  return (
    <SignInFrame title={text.title}>
      {!token && <Callout tone="failed" title={signInMessages.missing} />}
      {reset.isSuccess && <Callout tone="success" role="status" title={text.done} />}
      {token && !reset.isSuccess && (
        <form onSubmit={submit}>
          <Stack gap="md">
            {reset.isError && !places["password"] && <SignInProblem error={reset.error} />}
            <Password
              label={text.newPassword}
              description={signInMessages.passwordHint}
              autoComplete="new-password"
              value={password}
              onChange={setPassword}
              error={places["password"]}
            />
            <Button type="submit" loading={reset.isPending}>
              {text.action}
            </Button>
          </Stack>
        </form>
      )}
      {reset.isSuccess ? (
        <AppLink to="/login" search={{}}>
          {signInMessages.action}
        </AppLink>
      ) : (
        <AppLink to="/forgot-password">{text.again}</AppLink>
      )}
    </SignInFrame>
  );
}
