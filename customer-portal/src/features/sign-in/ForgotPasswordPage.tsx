import { Button, Stack, Text } from "@mantine/core";
import { AppLink, Callout } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { forgotPassword } from "./api";
import { EmailField } from "./EmailField";
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
            <EmailField value={email} onChange={setEmail} />
            <Button type="submit" loading={request.isPending}>
              {text.action}
            </Button>
          </Stack>
        </form>
      )}
      <AppLink to="/login" search={{}}>
        {signInMessages.back}
      </AppLink>
    </SignInFrame>
  );
}
