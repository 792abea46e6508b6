import { Button, Stack, TextInput } from "@mantine/core";
import { Callout, AppLink, Password, safeNext } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { session } from "@/api/client";
import { signIn, type SignInAnswer } from "./api";
import { signInMessages as text } from "./messages";
import { SecondFactorForm } from "./SecondFactorForm";
import { SignInFrame } from "./SignInFrame";
import { SignInProblem } from "./SignInProblem";

const route = getRouteApi("/login");

export function LoginPage() {
  const { next, reason } = route.useSearch();
  const router = useRouter();
  const [challenge, setChallenge] = useState<string | null>(null);

  function goOn(answer: SignInAnswer) {
    if (answer.status === "second_factor_required") {
      setChallenge(answer.challenge ?? null);
    } else if (answer.access_token) {
      session.accept({ access_token: answer.access_token, expires_in: answer.expires_in ?? 0 });
      router.history.push(safeNext(next));
    }
  }

  if (challenge !== null) {
    return (
      <SignInFrame title={text.secondFactor.title}>
        <SecondFactorForm challenge={challenge} onSignedIn={goOn} onBack={() => setChallenge(null)} />
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title={text.title}>
      <PasswordForm notice={reason && text.reasons[reason]} onAnswer={goOn} />
      <AppLink to="/forgot-password">{text.forgot}</AppLink>
    </SignInFrame>
  );
}

interface PasswordFormProps {
  notice: string | undefined;
  onAnswer: (answer: SignInAnswer) => void;
}

function PasswordForm({ notice, onAnswer }: PasswordFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onAnswer });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    attempt.mutate({ email, password });
  }

  return (
    <>
      {notice && !attempt.isError && <Callout tone="neutral" title={notice} />}
      {attempt.isError && <SignInProblem error={attempt.error} />}
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
    </>
  );
}
