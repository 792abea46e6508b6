import { Button, Stack, Text } from "@mantine/core";
import { AppLink, Callout, Password, safeNext } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { session } from "@/api/client";
import { signIn } from "./api";
import { EmailField } from "./EmailField";
import { signInMessages as text } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const route = getRouteApi("/login");

export function LoginPage() {
  const { next, reason } = route.useSearch();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: (answer) => {
      session.accept(answer);
      router.history.push(safeNext(next));
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    attempt.mutate({ email, password });
  }

  return (
    <SignInFrame title={text.title}>
      {reason && !attempt.isError && <Callout tone="neutral" title={text.reasons[reason]} />}
      {attempt.isError && <SignInProblem error={attempt.error} />}
      <form onSubmit={submit}>
        <Stack gap="md">
          <EmailField value={email} onChange={setEmail} />
          <Password
            label={text.password}
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
          <Button type="submit" loading={attempt.isPending}>
            {text.action}
          </Button>
        </Stack>
      </form>
      <AppLink to="/forgot-password">{text.forgot}</AppLink>
      <Text>
        {text.noAccount}{" "}
        <AppLink to="/sign-up" underline="always">
          {text.toSignUp}
        </AppLink>
      </Text>
    </SignInFrame>
  );
}
