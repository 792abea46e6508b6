/** Which submission a file is about, said by somebody who knows. */
import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { ErrorState, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { assignFeedback, feedbackKeys } from "./api";
import { feedbackMessages } from "./messages";

const text = feedbackMessages.assignDialog;

interface AssignDialogProps {
  feedbackId: string;
  isOpen: boolean;
  onClose: () => void;
}

export function AssignDialog({ feedbackId, isOpen, onClose }: AssignDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={feedbackMessages.assign}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {isOpen && <Form feedbackId={feedbackId} onClose={onClose} />}
    </Modal>
  );
}

function Form({ feedbackId, onClose }: Omit<AssignDialogProps, "isOpen">) {
  const queries = useQueryClient();
  const [submission, setSubmission] = useState("");
  const [reason, setReason] = useState("");
  const [isTried, setIsTried] = useState(false);
  const isComplete = submission.trim() !== "" && reason.trim() !== "";
  const assigning = useMutation({
    mutationFn: () => assignFeedback(feedbackId, submission.trim(), reason),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: feedbackKeys.all });
      onClose();
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (isComplete) assigning.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label={text.submission}
          description={text.submissionHint}
          required
          data-autofocus
          value={submission}
          onChange={(event) => setSubmission(event.currentTarget.value)}
        />
        <Textarea
          label={text.reason}
          description={text.reasonHint}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={reason}
          error={isTried && !isComplete ? text.missing : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {assigning.isError && <ErrorState error={assigning.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={assigning.isPending}>
            {feedbackMessages.assign}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
