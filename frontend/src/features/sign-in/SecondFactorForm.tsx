import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { answerSecondFactor, type SignInAnswer } from "./api";
import { signInMessages } from "./messages";
import { SignInProblem } from "./SignInProblem";

const text = signInMessages.secondFactor;

interface SecondFactorFormProps {
  challenge: string;
  onSignedIn: (answer: SignInAnswer) => void;
  onBack: () => void;
}

export function SecondFactorForm({ challenge, onSignedIn, onBack }: SecondFactorFormProps) {
  const [code, setCode] = useState("");
  const attempt = useMutation({ mutationFn: answerSecondFactor, onSuccess: onSignedIn });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    attempt.mutate({ challenge, code: code.trim() });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {attempt.isError && <SignInProblem error={attempt.error} />}
        <TextInput
          label={text.label}
          description={text.description}
          autoComplete="one-time-code"
          required
          withAsterisk={false}
          data-autofocus
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Group justify="space-between" gap="sm">
          <Button variant="default" onClick={onBack}>
            {text.back}
          </Button>
          <Button type="submit" loading={attempt.isPending}>
            {text.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
