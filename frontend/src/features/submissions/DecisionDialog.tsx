/** A decision about a submission: with its reference typed where something is sent by it, with a reason where it needs one. */
import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ErrorState, uiMessages } from "@openreg/ui";
import { useState, type SyntheticEvent } from "react";
import { submissionMessages as text } from "./messages";

const MOST_CHARACTERS = 2000;

interface DecisionDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** The effect, in a sentence or two. */
  children: string;
  /** The verb on the button. */
  action: string;
  /** Must be typed: what is sent cannot be taken back. */
  reference?: string;
  needsReason?: boolean;
  isDangerous?: boolean;
  /** The dialog stays open with the problem when this fails. */
  onConfirm: (reference: string, reason: string) => Promise<unknown>;
}

export function DecisionDialog(props: DecisionDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({
  onClose,
  children,
  action,
  reference,
  needsReason = false,
  isDangerous = false,
  onConfirm,
}: DecisionDialogProps) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [isTried, setIsTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isWrong = reference !== undefined && typed.trim() !== reference;
  const isMissing = needsReason && !reason.trim();

  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (isWrong || isMissing) return;
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm(typed.trim(), reason.trim());
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text>{children}</Text>
        {needsReason && (
          <Textarea
            label={text.reason}
            required
            autosize
            minRows={2}
            maxLength={MOST_CHARACTERS}
            value={reason}
            error={isTried && isMissing ? text.reasonMissing : undefined}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        {reference !== undefined && (
          <TextInput
            label={text.typeReference(reference)}
            required
            autoComplete="off"
            value={typed}
            error={isTried && isWrong ? text.referenceWrong : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" color={isDangerous ? "red.9" : undefined} loading={isBusy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
