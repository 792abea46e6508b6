/** An account: the form, and then where the mail is. A mistyped address can be put right without typing the rest again. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { AppLink, Callout, Password, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { signUp, type SignUp } from "./api";
import { EmailField } from "./EmailField";
import { signInMessages } from "./messages";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";
import { useCooldown } from "./useCooldown";

const text = signInMessages.signUp;
const EMPTY: SignUp = { company: "", full_name: "", email: "", password: "" };

export function SignUpPage() {
  const [wanted, setWanted] = useState(EMPTY);
  const [isSent, setIsSent] = useState(false);
  return isSent ? (
    <Sent wanted={wanted} onMistyped={() => setIsSent(false)} />
  ) : (
    <SignUpForm wanted={wanted} onChange={setWanted} onSent={() => setIsSent(true)} />
  );
}

interface SignUpFormProps {
  wanted: SignUp;
  onChange: (wanted: SignUp) => void;
  onSent: () => void;
}

function SignUpForm({ wanted, onChange, onSent }: SignUpFormProps) {
  const request = useMutation({ mutationFn: signUp, onSuccess: onSent });
  const places = isProblem(request.error) ? request.error.fieldMessages() : {};
  const isSaidAtField = Object.keys(places).length > 0;
  const fault = isProblem(request.error, "email_address_invalid") ? request.error.message : undefined;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    request.mutate({ ...wanted, company: wanted.company.trim(), full_name: wanted.full_name.trim() });
  }

  return (
    <SignInFrame title={text.title}>
      <Text c="dimmed">{text.description}</Text>
      {request.isError && !isSaidAtField && !fault && <SignInProblem error={request.error} />}
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={text.company}
            autoComplete="organization"
            required
            withAsterisk={false}
            maxLength={200}
            value={wanted.company}
            error={places["company"]}
            onChange={(event) => onChange({ ...wanted, company: event.currentTarget.value })}
          />
          <TextInput
            label={text.fullName}
            autoComplete="name"
            required
            withAsterisk={false}
            maxLength={200}
            value={wanted.full_name}
            error={places["full_name"]}
            onChange={(event) => onChange({ ...wanted, full_name: event.currentTarget.value })}
          />
          <EmailField
            value={wanted.email}
            error={places["email"] ?? fault}
            onChange={(email) => onChange({ ...wanted, email })}
          />
          <Password
            label={signInMessages.password}
            description={uiMessages.passwordHint}
            autoComplete="new-password"
            value={wanted.password}
            error={places["password"]}
            onChange={(password) => onChange({ ...wanted, password })}
          />
          <Button type="submit" loading={request.isPending}>
            {text.action}
          </Button>
        </Stack>
      </form>
      <Text>
        {signInMessages.hasAccount}{" "}
        <AppLink to="/login" search={{}} underline="always">
          {signInMessages.toSignIn}
        </AppLink>
      </Text>
    </SignInFrame>
  );
}

function Sent({ wanted, onMistyped }: { wanted: SignUp; onMistyped: () => void }) {
  const cooldown = useCooldown();
  const again = useMutation({ mutationFn: signUp, onSuccess: cooldown.start });
  return (
    <SignInFrame title={text.sentTitle}>
      <Callout tone="success" role="status" title={text.sent(wanted.email)} fix={text.sentHint} />
      {again.isError && <SignInProblem error={again.error} />}
      {again.isSuccess && <Text role="status">{text.sentAgain}</Text>}
      <Group gap="sm">
        <Button
          variant="default"
          loading={again.isPending}
          disabled={cooldown.seconds > 0}
          onClick={() => again.mutate(wanted)}
        >
          {cooldown.seconds > 0 ? text.againIn(cooldown.seconds) : text.again}
        </Button>
        <Button variant="subtle" onClick={onMistyped}>
          {text.mistyped}
        </Button>
      </Group>
    </SignInFrame>
  );
}
