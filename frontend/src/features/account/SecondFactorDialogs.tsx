/** The two things that are shown once: the secret for the app, and the recovery codes. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { CopyButton, ErrorState, SecretReveal, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import type { Schema } from "@/api/types";
import { confirmSecondFactor } from "./api";
import { accountMessages } from "./messages";
import { QrCode } from "./QrCode";

const text = accountMessages.secondFactor;
export type Enrolment = Schema<"EnrolmentAnswer">;

interface EnrolmentDialogProps {
  enrolment: Enrolment | null;
  onClose: () => void;
  onConfirmed: (codes: string[]) => void;
}

export function EnrolmentDialog({ enrolment, onClose, onConfirmed }: EnrolmentDialogProps) {
  return (
    <Modal
      opened={enrolment !== null}
      onClose={onClose}
      title={text.title}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {enrolment && <EnrolmentForm enrolment={enrolment} onConfirmed={onConfirmed} />}
    </Modal>
  );
}

function EnrolmentForm({
  enrolment,
  onConfirmed,
}: {
  enrolment: Enrolment;
  onConfirmed: (codes: string[]) => void;
}) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: confirmSecondFactor,
    onSuccess: (answer) => onConfirmed(answer.recovery_codes),
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    confirm.mutate(code.trim());
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{text.scan}</Text>
        <QrCode content={enrolment.uri} label={text.qr} />
        <div>
          <Text size="sm">{text.typed}</Text>
          <Group gap="xs" wrap="nowrap">
            <span className="or-mono">{enrolment.secret}</span>
            <CopyButton value={enrolment.secret} label={text.key} />
          </Group>
        </div>
        {confirm.isError && <ErrorState error={confirm.error} />}
        <TextInput
          label={text.code}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          withAsterisk={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" loading={confirm.isPending}>
          {text.confirm}
        </Button>
      </Stack>
    </form>
  );
}

export function RecoveryCodesDialog({ codes, onClose }: { codes: string[] | null; onClose: () => void }) {
  return (
    <SecretReveal secret={codes && codes.join("\n")} title={text.codesTitle} onClose={onClose}>
      <Text>{text.codesText}</Text>
    </SecretReveal>
  );
}
