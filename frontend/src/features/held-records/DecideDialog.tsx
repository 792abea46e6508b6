/** What a person decides about chosen records, with a reason. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { decideHeldRecords, heldKeys, type HandDecision } from "./api";
import { heldMessages as text } from "./messages";

interface DecideDialogProps {
  /** Null: closed. */
  decision: HandDecision | null;
  ids: string[];
  onClose: () => void;
  onDone: () => void;
}

export function DecideDialog(props: DecideDialogProps) {
  const { decision, ids, onClose } = props;
  return (
    <Modal
      opened={decision !== null}
      onClose={onClose}
      title={decision ? text.decide[decision](ids.length) : ""}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {decision && <Form {...props} decision={decision} />}
    </Modal>
  );
}

function Form({ decision, ids, onClose, onDone }: DecideDialogProps & { decision: HandDecision }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [isTried, setIsTried] = useState(false);
  const deciding = useMutation({
    mutationFn: () => decideHeldRecords(ids, decision, reason),
    onSuccess: ({ count }) => {
      void queries.invalidateQueries({ queryKey: heldKeys.all });
      showDone(text.done[decision](count));
      onDone();
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (reason.trim()) deciding.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{text.effect[decision]}</Text>
        <Textarea
          label={text.reason}
          description={text.reasonHint}
          required
          data-autofocus
          autosize
          minRows={2}
          maxLength={500}
          value={reason}
          error={isTried && !reason.trim() ? text.reasonMissing : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {deciding.isError && <ErrorState error={deciding.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button
            type="submit"
            color={decision === "exclude" ? "red" : undefined}
            loading={deciding.isPending}
          >
            {text.decide[decision](ids.length)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
