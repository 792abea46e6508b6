/** Changing how an endpoint is reached. */
import { Button, Group, Modal, Skeleton, Stack } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { accessChangeOf, accessDraftOf, accessFaultsOf } from "./accessDraft";
import { AccessFields } from "./AccessFields";
import { accessMessages as text } from "./accessMessages";
import { changeWebhook, taggedWebhookQuery, webhookKeys, type Webhook } from "./api";

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
      <CurrentAccess webhookId={webhook.id} onClose={onClose} />
    </Modal>
  );
}

interface CurrentAccessProps {
  webhookId: string;
  onClose: () => void;
}

/** Begins with what is stored now, and says so when it is saved: another's change meanwhile is not undone. */
function CurrentAccess({ webhookId, onClose }: CurrentAccessProps) {
  const query = useQuery({ ...taggedWebhookQuery(webhookId), refetchOnWindowFocus: false });
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || !query.isFetchedAfterMount) return <Skeleton height={240} />;
  return <AccessForm webhook={query.data.body} etag={query.data.etag} onClose={onClose} />;
}

interface AccessFormProps {
  webhook: Webhook;
  etag: string | null;
  onClose: () => void;
}

function AccessForm({ webhook, etag, onClose }: AccessFormProps) {
  const [readAs] = useState(etag);
  const shown = webhook.access;
  const [draft, setDraft] = useState(() => accessDraftOf(shown));
  const [faults, setFaults] = useState<Record<string, string>>({});
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => changeWebhook(webhook.id, { access: accessChangeOf(draft, shown) ?? {} }, readAs),
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
