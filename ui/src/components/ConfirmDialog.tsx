/** A short decision. One with a wide effect asks for the name of what it changes. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { uiMessages } from "../messages";
import { ErrorState } from "./ErrorState";

export interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** Names the object: "Revoke the key “reporting”". */
  title: string;
  /** The effect, in a sentence or two. */
  children: ReactNode;
  /** The verb on the button. */
  action: string;
  isDangerous?: boolean;
  /** Not yet to be decided: what it is about is still being found out. */
  isBlocked?: boolean;
  /** Must be typed before the button works. */
  nameToType?: string;
  /** The dialog stays open with the problem when this fails. */
  onConfirm: () => Promise<unknown>;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Decision {...props} />
    </Modal>
  );
}

function Decision({
  onClose,
  children,
  action,
  isDangerous = false,
  isBlocked = false,
  nameToType,
  onConfirm,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function confirm() {
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Stack gap="md">
      <div>{children}</div>
      {nameToType !== undefined && (
        <TextInput
          label={uiMessages.typeToConfirm(nameToType)}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {error !== null && <ErrorState error={error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus={isDangerous || undefined}>
          {uiMessages.cancel}
        </Button>
        <Button
          color={isDangerous ? "red.9" : undefined}
          loading={isBusy}
          disabled={isBlocked || (nameToType !== undefined && typed !== nameToType)}
          onClick={() => void confirm()}
        >
          {action}
        </Button>
      </Group>
    </Stack>
  );
}
