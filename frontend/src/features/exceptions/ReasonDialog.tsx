/** A decision that needs its reason. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { ErrorState, uiMessages } from "@openreg/ui";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { detailMessages } from "./detailMessages";

const text = detailMessages.decide;
const MOST_CHARACTERS = 2000;

interface ReasonDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** The effect, in a sentence or two. */
  children: ReactNode;
  /** The verb on the button. */
  action: string;
  label?: string;
  /** How long the reason may be. */
  mostCharacters?: number;
  /** The dialog stays open with the problem when this fails. */
  onConfirm: (reason: string) => Promise<unknown>;
}

export function ReasonDialog(props: ReasonDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <ReasonForm {...props} />
    </Modal>
  );
}

function ReasonForm(props: ReasonDialogProps) {
  const {
    onClose,
    children,
    action,
    label = text.reason,
    mostCharacters = MOST_CHARACTERS,
    onConfirm,
  } = props;
  const [reason, setReason] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsMissing(!reason.trim());
    if (!reason.trim()) return;
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm(reason.trim());
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
        <Text component="div">{children}</Text>
        <Textarea
          label={label}
          required
          data-autofocus
          autosize
          minRows={2}
          maxLength={mostCharacters}
          value={reason}
          error={isMissing && !reason.trim() ? text.reasonMissing : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
