import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { answer, isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type KeyboardEvent, type SyntheticEvent } from "react";
import { api, session } from "@/api/client";
import { signInMessages as text } from "./messages";
import { safeNext } from "./next";
import { SignInFrame } from "./SignInFrame";

const route = getRouteApi("/login");

export function LoginPage() {
  const { next, reason } = route.useSearch();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isCapsLock, setIsCapsLock] = useState(false);
  const signIn = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/auth/login", { body: { email, password } })),
    onSuccess: (token) => {
      session.accept(token);
      router.history.push(safeNext(next));
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    signIn.mutate();
  }

  return (
    <SignInFrame title={text.title}>
      {reason && !signIn.isError && <Alert>{text.reasons[reason]}</Alert>}
      {signIn.isError && <Refusal error={signIn.error} />}
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={text.email}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={text.password}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            onKeyUp={(event: KeyboardEvent) => setIsCapsLock(event.getModifierState("CapsLock"))}
            description={isCapsLock ? text.capsLock : undefined}
          />
          <Button type="submit" loading={signIn.isPending}>
            {text.action}
          </Button>
        </Stack>
      </form>
    </SignInFrame>
  );
}

function Refusal({ error }: { error: Error }) {
  if (isProblem(error) && error.status === 429) {
    return (
      <Alert color="red" role="alert">
        {text.throttled(error.retryAfterSeconds ?? 60)}
      </Alert>
    );
  }
  if (isProblem(error) && error.status === 401) {
    return (
      <Alert color="red" role="alert">
        {text.refused}
      </Alert>
    );
  }
  return <ErrorState error={error} />;
}
