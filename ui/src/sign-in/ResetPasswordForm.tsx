/** A new password, with the link of a mail: the same at every sign-in of ours. */
import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { isProblem } from "../api/problem";
import { AppLink } from "../components/AppLink";
import { Callout } from "../components/Callout";
import { uiMessages } from "../messages";
import { Password } from "./Password";
import { useLinkToken } from "./useLinkToken";

const text = uiMessages.reset;

interface ResetPasswordFormProps {
  set: (given: { token: string; password: string }) => Promise<unknown>;
  /** How the application tells why it was refused. */
  refusal: (error: unknown) => ReactNode;
}

export function ResetPasswordForm({ set, refusal }: ResetPasswordFormProps) {
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const reset = useMutation({ mutationFn: set });
  const places = isProblem(reset.error) ? reset.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    reset.mutate({ token, password });
  }

  return (
    <>
      {!token && <Callout tone="failed" title={uiMessages.linkMissing} />}
      {reset.isSuccess && <Callout tone="success" role="status" title={text.done} />}
      {token && !reset.isSuccess && (
        <form onSubmit={submit}>
          <Stack gap="md">
            {reset.isError && !places["password"] && refusal(reset.error)}
            <Password
              label={text.newPassword}
              description={uiMessages.passwordHint}
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
          {text.toSignIn}
        </AppLink>
      ) : (
        <AppLink to="/forgot-password">{text.again}</AppLink>
      )}
    </>
  );
}
