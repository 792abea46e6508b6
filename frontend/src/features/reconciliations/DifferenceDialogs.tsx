/** What is said of several differences together: how they came, or why their records are corrected. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { explainDifferences, openExceptions } from "./api";
import { reconciliationMessages } from "./messages";

interface DialogProps {
  id: string;
  positions: number[];
  onDone: () => void;
  onClose: () => void;
}

const MAX_REASON = 500;
const MAX_COMMENT = 1000;

export function ExplainDialog({ id, positions, onDone, onClose }: DialogProps) {
  const text = reconciliationMessages.explainDialog;
  const explaining = useMutation({
    mutationFn: (comment: string) => explainDifferences(id, positions, comment),
    onSuccess: ({ changed }) => {
      showDone(text.done(changed));
      onDone();
    },
  });
  return (
    <ReasonDialog
      title={text.title}
      label={text.comment}
      missing={text.missing}
      submit={text.submit}
      maxLength={MAX_COMMENT}
      saving={explaining}
      onClose={onClose}
    />
  );
}

export function ExceptionDialog({ id, positions, onDone, onClose }: DialogProps) {
  const text = reconciliationMessages.exceptionDialog;
  const opening = useMutation({
    mutationFn: (reason: string) => openExceptions(id, positions, reason),
    onSuccess: ({ opened, known, refused }) => {
      const others = Object.values(refused).reduce((sum, count) => sum + count, 0);
      showDone(text.done(opened, known, others));
      onDone();
    },
  });
  return (
    <ReasonDialog
      title={text.title}
      hint={text.hint}
      label={text.reason}
      missing={text.missing}
      submit={text.submit}
      maxLength={MAX_REASON}
      saving={opening}
      onClose={onClose}
    />
  );
}

interface ReasonDialogProps {
  title: string;
  hint?: string;
  label: string;
  missing: string;
  submit: string;
  maxLength: number;
  saving: { mutate: (said: string) => void; isPending: boolean; isError: boolean; error: Error | null };
  onClose: () => void;
}

function ReasonDialog({
  title,
  hint,
  label,
  missing,
  submit,
  maxLength,
  saving,
  onClose,
}: ReasonDialogProps) {
  const [said, setSaid] = useState("");
  const [isTried, setIsTried] = useState(false);
  const isMissing = said.trim() === "";

  function send(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (!isMissing) saving.mutate(said.trim());
  }

  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": uiMessages.close }}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {hint && <Text size="sm">{hint}</Text>}
          <Textarea
            label={label}
            required
            data-autofocus
            autosize
            minRows={2}
            maxLength={maxLength}
            value={said}
            error={isTried && isMissing ? missing : undefined}
            onChange={(event) => setSaid(event.currentTarget.value)}
          />
          {saving.isError && <ErrorState error={saving.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {uiMessages.cancel}
            </Button>
            <Button type="submit" loading={saving.isPending}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
