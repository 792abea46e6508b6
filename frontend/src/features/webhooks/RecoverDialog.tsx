/** Sending again what did not arrive since a moment, all of a range, or what was missed. */
import { Button, Group, Modal, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/api/types";
import { startRecovery, webhookKeys } from "./api";
import { webhookMessages } from "./messages";
import { asInstant, asLocal } from "./moments";

const text = webhookMessages.recover;
const KINDS = ["recover", "replay", "missed"] as const;

/** What is left out of the filters asks for nothing. */
export interface RecoveryPlan {
  kind: Schema<"RecoveryKind">;
  since: string;
  until?: string;
  filters: Partial<Schema<"RecoveryFilters">>;
}

interface RecoverDialogProps {
  webhookId: string;
  /** What the dialog begins with; closed when there is none. */
  plan: RecoveryPlan | null;
  onClose: () => void;
}

export function RecoverDialog({ webhookId, plan, onClose }: RecoverDialogProps) {
  return (
    <Modal
      opened={plan !== null}
      onClose={onClose}
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {plan && <Form webhookId={webhookId} plan={plan} onClose={onClose} />}
    </Modal>
  );
}

function Form({ webhookId, plan, onClose }: { webhookId: string; plan: RecoveryPlan; onClose: () => void }) {
  const [kind, setKind] = useState(plan.kind);
  const [since, setSince] = useState(asLocal(plan.since));
  const [until, setUntil] = useState(plan.until ? asLocal(plan.until) : "");
  const [reason, setReason] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const from = asInstant(since);
  const start = useMutation({
    mutationFn: (since: string) =>
      startRecovery(webhookId, { ...plan, kind, since, until: asInstant(until), reason }, key),
    onSuccess: async () => {
      showDone(text.started);
      await queries.invalidateQueries({ queryKey: webhookKeys.one(webhookId) });
      onClose();
      void navigate({ to: "/webhook-endpoints/$webhookId/recoveries", params: { webhookId } });
    },
    onError: () => setKey(crypto.randomUUID()),
  });
  const isFiltered = Object.keys(plan.filters).length > 0;
  return (
    <Stack gap="md">
      {isFiltered ? (
        <Text size="sm">{text.filtered}</Text>
      ) : (
        <Radio.Group
          label={text.kind}
          value={kind}
          onChange={(chosen) => setKind(KINDS.find((one) => one === chosen) ?? "recover")}
        >
          <Stack gap="xs" mt="xs">
            {KINDS.map((one) => (
              <Radio key={one} value={one} label={text.kindName[one]} description={text.kindHint[one]} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <Group grow align="flex-start">
        <TextInput
          type="datetime-local"
          label={text.since}
          required
          value={since}
          error={from ? undefined : text.needsSince}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label={text.until}
          description={text.untilHint}
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
      </Group>
      <Textarea
        label={text.reason}
        maxLength={500}
        autosize
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Text size="sm" c="dimmed">
        {text.twice}
      </Text>
      {start.isError && <ErrorState error={start.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {uiMessages.cancel}
        </Button>
        <Button disabled={!from} loading={start.isPending} onClick={() => from && start.mutate(from)}>
          {text.start}
        </Button>
      </Group>
    </Stack>
  );
}
