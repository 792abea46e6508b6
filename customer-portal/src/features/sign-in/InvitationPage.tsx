import { Button, Stack, Text, TextInput } from "@mantine/core";
import { Callout, Password, useLinkToken, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { session } from "@/api/client";
import { acceptInvitation } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.invitation;

export function InvitationPage() {
  const token = useLinkToken();
  const router = useRouter();
  const [fullName, setFullName] = useState("");
  const [password, setPassword] = useState("");
  const accept = useMutation({
    mutationFn: acceptInvitation,
    onSuccess: (answer) => {
      session.accept(answer);
      void router.navigate({ to: "/" });
    },
  });
  const places = isProblem(accept.error) ? accept.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    accept.mutate({ token, full_name: fullName.trim(), password });
  }

  return (
    <SignInFrame title={text.title}>
      {!token && <Callout tone="failed" title={uiMessages.linkMissing} />}
      {accept.isError && Object.keys(places).length === 0 && <SignInProblem error={accept.error} />}
      {token && (
        <form onSubmit={submit}>
          <Stack gap="md">
            <Text>{text.description}</Text>
            <TextInput
              label={signInMessages.signUp.fullName}
              autoComplete="name"
              required
              withAsterisk={false}
              maxLength={200}
              value={fullName}
              error={places["full_name"]}
              onChange={(event) => setFullName(event.currentTarget.value)}
            />
            <Password
              label={text.choosePassword}
              description={uiMessages.passwordHint}
              autoComplete="new-password"
              value={password}
              error={places["password"]}
              onChange={setPassword}
            />
            <Button type="submit" loading={accept.isPending}>
              {text.action}
            </Button>
          </Stack>
        </form>
      )}
    </SignInFrame>
  );
}
