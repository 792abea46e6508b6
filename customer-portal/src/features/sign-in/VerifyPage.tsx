/** The link of a sign-up: with the password that was chosen, so that a link in wrong hands opens nothing. */
import { Button, Stack, Text } from "@mantine/core";
import { AppLink, Callout, Password, useLinkToken, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { session } from "@/api/client";
import { verify } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.verify;

export function VerifyPage() {
  const token = useLinkToken();
  const router = useRouter();
  const [password, setPassword] = useState("");
  const attempt = useMutation({
    mutationFn: verify,
    onSuccess: (answer) => {
      session.accept(answer);
      void router.navigate({ to: "/" });
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    attempt.mutate({ token, password });
  }

  return (
    <SignInFrame title={text.title}>
      {!token && <Callout tone="failed" title={uiMessages.linkMissing} />}
      {attempt.isError && <SignInProblem error={attempt.error} />}
      {token && (
        <form onSubmit={submit}>
          <Stack gap="md">
            <Text>{text.description}</Text>
            <Password
              label={signInMessages.password}
              autoComplete="current-password"
              value={password}
              onChange={setPassword}
            />
            <Button type="submit" loading={attempt.isPending}>
              {text.action}
            </Button>
          </Stack>
        </form>
      )}
      {(!token || attempt.isError) && <AppLink to="/sign-up">{text.again}</AppLink>}
    </SignInFrame>
  );
}
