import { Button, Stack, Text, TextInput } from "@mantine/core";
import { Callout, AppLink } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { forgotPassword } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.forgotten;

export function ForgotPasswordPage() {
  const [email, setEmail] = useState("");
  const request = useMutation({ mutationFn: forgotPassword });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    request.mutate(email);
  }

  return (
    <SignInFrame title={text.title}>
      {request.isSuccess ? (
        <Callout tone="success" role="status" title={text.sent} />
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <Text>{text.description}</Text>
            {request.isError && <SignInProblem error={request.error} />}
            <TextInput
              label={signInMessages.email}
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <Button type="submit" loading={request.isPending}>
              {text.action}
            </Button>
          </Stack>
        </form>
      )}
      <AppLink to="/login" search={{}}>
        {text.back}
      </AppLink>
    </SignInFrame>
  );
}
