/** Another time until which exceptions are to be dealt with. */
import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { changeDue, type Chosen } from "./api";
import { detailMessages } from "./detailMessages";
import { localMinute, momentOf } from "./localMinute";
import { useRefresh } from "./useRefresh";

const text = detailMessages.dueDialog;
const MOST_CHARACTERS = 2000;

interface DueDialogProps {
  chosen: Chosen[];
  /** When they are due now, or the first of them. */
  dueAt: string;
  isOpen: boolean;
  onClose: () => void;
  onDone?: () => void;
}

export function DueDialog(props: DueDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={text.title(props.chosen.length)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <DueForm {...props} />
    </Modal>
  );
}

function DueForm({ chosen, dueAt, onClose, onDone }: DueDialogProps) {
  const [due, setDue] = useState(() => localMinute(dueAt));
  const [comment, setComment] = useState("");
  const refresh = useRefresh();
  const moment = momentOf(due);
  const save = useMutation({
    mutationFn: (at: string) => changeDue(chosen, at, comment.trim()),
    onSuccess: async () => {
      showDone(text.saved(chosen.length));
      await refresh();
      onClose();
      onDone?.();
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (moment) save.mutate(moment);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          type="datetime-local"
          label={text.due}
          description={text.zone}
          required
          data-autofocus
          value={due}
          error={moment ? undefined : text.missing}
          onChange={(event) => setDue(event.currentTarget.value)}
        />
        <Textarea
          label={text.comment}
          autosize
          minRows={2}
          maxLength={MOST_CHARACTERS}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" disabled={!moment} loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
