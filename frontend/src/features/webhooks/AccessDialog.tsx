/** Changing how an endpoint is reached. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { accessChangeOf, accessDraftOf, accessFaultsOf } from "./accessDraft";
import { AccessFields } from "./AccessFields";
import { accessMessages as text } from "./accessMessages";
import { changeWebhookAccess, webhookKeys, type Webhook } from "./api";

interface AccessDialogProps {
  webhook: Webhook;
  isOpen: boolean;
  onClose: () => void;
}

export function AccessDialog({ webhook, isOpen, onClose }: AccessDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.title}
      size="xl"
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <AccessForm webhook={webhook} onClose={onClose} />
    </Modal>
  );
}

function AccessForm({ webhook, onClose }: Omit<AccessDialogProps, "isOpen">) {
  const shown = webhook.access;
  const [draft, setDraft] = useState(() => accessDraftOf(shown));
  const [faults, setFaults] = useState<Record<string, string>>({});
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => changeWebhookAccess(webhook.id, accessChangeOf(draft, shown) ?? {}),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: webhookKeys.all });
      showDone(text.saved);
      onClose();
    },
    onError: (error) => {
      if (isProblem(error)) setFaults(error.fieldMessages());
    },
    gcTime: 0,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = accessFaultsOf(draft, text.needed);
    setFaults(found);
    if (Object.keys(found).length === 0) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <AccessFields draft={draft} faults={faults} shown={shown} onChange={setDraft} />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
