import { Button, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { Callout, AppLink, ErrorState, Password, useLinkToken, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import type { Schema } from "@/api/types";
import { acceptInvitation, readInvitation } from "./api";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.invitation;

export function InvitationPage() {
  const token = useLinkToken();
  const invitation = useQuery({
    // The token is a secret: it is no part of the key.
    queryKey: ["invitation"],
    queryFn: () => readInvitation(token),
    enabled: token !== "",
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <SignInFrame title={text.title}>
      {!token && <Callout tone="failed" title={uiMessages.linkMissing} />}
      {invitation.isError && <ErrorState error={invitation.error} />}
      {token && invitation.isPending && <Skeleton height={160} />}
      {invitation.data && <Acceptance token={token} invitation={invitation.data} />}
    </SignInFrame>
  );
}

function Acceptance({ token, invitation }: { token: string; invitation: Schema<"InvitationRead"> }) {
  const [fullName, setFullName] = useState(invitation.full_name);
  const [password, setPassword] = useState("");
  const accept = useMutation({ mutationFn: acceptInvitation });
  const places = isProblem(accept.error) ? accept.error.fieldMessages() : {};
  const isNew = !invitation.has_account;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    accept.mutate({ token, full_name: fullName, password });
  }

  if (accept.isSuccess) {
    return (
      <>
        <Callout tone="success" role="status" title={text.done(accept.data.tenant_name)} />
        <AppLink to="/login" search={{}}>
          {signInMessages.action}
        </AppLink>
      </>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{text.text(invitation.tenant_name, invitation.invited_by)}</Text>
        <Text c="dimmed">{isNew ? text.expires(invitation.expires_at) : text.hasAccount}</Text>
        {accept.isError && Object.keys(places).length === 0 && <SignInProblem error={accept.error} />}
        <TextInput label={signInMessages.email} value={invitation.email} readOnly autoComplete="username" />
        {isNew && (
          <TextInput
            label={text.fullName}
            autoComplete="name"
            required
            withAsterisk={false}
            value={fullName}
            onChange={(event) => setFullName(event.currentTarget.value)}
            error={places["full_name"]}
          />
        )}
        <Password
          label={isNew ? text.choosePassword : signInMessages.password}
          description={isNew ? uiMessages.passwordHint : undefined}
          autoComplete={isNew ? "new-password" : "current-password"}
          value={password}
          onChange={setPassword}
          error={places["password"]}
        />
        <Button type="submit" loading={accept.isPending}>
          {text.action}
        </Button>
      </Stack>
    </form>
  );
}
