/** Asks for the password before something that protects the account is changed. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { ErrorState, uiMessages, Password } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { accountMessages } from "./messages";

const text = accountMessages.secondFactor;

interface PasswordProofDialogProps {
  /** Null keeps the dialog closed. */
  title: string | null;
  onClose: () => void;
  /** Sends the password along; the dialog stays open with the problem when this fails. */
  onProved: (password: string) => Promise<void>;
}

export function PasswordProofDialog({ title, onClose, onProved }: PasswordProofDialogProps) {
  return (
    <Modal
      opened={title !== null}
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Proof onClose={onClose} onProved={onProved} />
    </Modal>
  );
}

function Proof({ onClose, onProved }: Omit<PasswordProofDialogProps, "title">) {
  const [password, setPassword] = useState("");
  const proof = useMutation({ mutationFn: onProved, onSuccess: onClose });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    proof.mutate(password);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {proof.isError && <ErrorState error={proof.error} />}
        <Password
          label={text.proof}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={proof.isPending}>
            {text.goOn}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
