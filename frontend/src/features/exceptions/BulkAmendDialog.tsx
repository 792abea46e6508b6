/** The same change for many records: chosen, shown record by record, and only then made. */
import { Button, Group, Modal, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { amendMany, chosenOf, exceptionQuery, previewAmendments, type ListedException } from "./api";
import { amendMessages } from "./amendMessages";
import { bulkMessages } from "./bulkMessages";
import { BulkPreview } from "./BulkPreview";
import { ChangeFields } from "./ChangeFields";
import { columnsOf } from "./columns";
import { changesForMany, type ChangeDraft } from "./drafts";
import { useRefresh } from "./useRefresh";

const text = bulkMessages.amendDialog;
const MOST_CHARACTERS = 2000;

interface BulkAmendDialogProps {
  isOpen: boolean;
  onClose: () => void;
  chosen: ListedException[];
  onDone: () => void;
}

export function BulkAmendDialog(props: BulkAmendDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      size="xl"
      title={text.title(props.chosen.length)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <BulkAmendForm {...props} />
    </Modal>
  );
}

function BulkAmendForm({ onClose, chosen, onDone }: BulkAmendDialogProps) {
  const [first] = chosen;
  const model = useQuery({ ...exceptionQuery(first?.id ?? ""), enabled: first !== undefined });
  const [drafts, setDrafts] = useState<ChangeDraft[]>([]);
  const [reason, setReason] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const refresh = useRefresh();
  const changes = changesForMany(drafts);
  const preview = useMutation({ mutationFn: () => previewAmendments(chosenOf(chosen), changes) });
  const save = useMutation({
    mutationFn: () => amendMany(chosenOf(chosen), changes, reason.trim()),
    onSuccess: async (made) => {
      showDone(text.saved(made.items.length));
      await refresh();
      onDone();
      onClose();
    },
  });
  if (model.isError) return <ErrorState error={model.error} onRetry={() => void model.refetch()} />;
  if (!model.data) return <Skeleton height={200} aria-label={text.loading} />;
  const found = preview.data?.items;
  const changed = found?.filter((one) => one.changes.length > 0) ?? [];

  function finish() {
    setIsMissing(!reason.trim());
    if (reason.trim()) save.mutate();
  }

  if (found) {
    return (
      <Stack gap="md">
        <BulkPreview records={found} chosen={chosen} />
        <Textarea
          label={amendMessages.reason}
          description={amendMessages.reasonHint}
          required
          autosize
          minRows={2}
          maxLength={MOST_CHARACTERS}
          value={reason}
          error={isMissing && !reason.trim() ? amendMessages.reasonMissing : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => preview.reset()}>
            {text.back}
          </Button>
          <Button disabled={changed.length === 0} loading={save.isPending} onClick={finish}>
            {text.save(changed.length)}
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      <ChangeFields columns={columnsOf(model.data.body)} drafts={drafts} onChange={setDrafts} isForMany />
      <Text size="sm" c="dimmed">
        {text.expressionHint}
      </Text>
      {preview.isError && <ErrorState error={preview.error} />}
      <Group justify="flex-end">
        <Button disabled={changes.length === 0} loading={preview.isPending} onClick={() => preview.mutate()}>
          {text.show}
        </Button>
      </Group>
    </Stack>
  );
}
