/** Records into a supplemental run: which, as what, and what comes of it. */
import { Button, Group, List, Modal, Radio, Stack, Text } from "@mantine/core";
import { AppLink, Callout, ErrorState, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { chosenOf, resubmit, type ListedException, type ResubmissionAction } from "./api";
import { bulkMessages } from "./bulkMessages";
import { nameOf } from "./exceptionColumns";
import { useRefresh } from "./useRefresh";

const text = bulkMessages.resubmitDialog;
const NAMED = 10;
const ACTIONS = ["new", "cancel_and_new"] as const satisfies readonly ResubmissionAction[];
/** The server knows of each record whether it went out. */
const BY_RECORD = "by_record";

interface ResubmitDialogProps {
  isOpen: boolean;
  onClose: () => void;
  chosen: ListedException[];
  onDone?: () => void;
}

export function ResubmitDialog(props: ResubmitDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      size="lg"
      title={text.title(props.chosen.length)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <ResubmitForm {...props} />
    </Modal>
  );
}

function ResubmitForm({ onClose, chosen, onDone }: ResubmitDialogProps) {
  const [action, setAction] = useState<ResubmissionAction | typeof BY_RECORD>(BY_RECORD);
  const [key] = useState(() => crypto.randomUUID());
  const refresh = useRefresh();
  const start = useMutation({
    mutationFn: () => resubmit(chosenOf(chosen), action === BY_RECORD ? null : action, key),
  });
  const unamended = chosen.filter((one) => one.state !== "amended").length;

  async function close() {
    await refresh();
    onDone?.();
    onClose();
  }

  if (start.data) {
    const runs = start.data.items;
    return (
      <Stack gap="md">
        <Callout tone="success" role="status" title={text.started(runs.length)}>
          <List size="sm">
            {runs.map((run) => (
              <List.Item key={run.run_id}>
                <AppLink to="/runs/$runId" params={{ runId: run.run_id }}>
                  {text.openRun}
                </AppLink>{" "}
                {text.takes(run.exceptions)}
                {run.newest_version && (
                  <Text size="sm">{text.oldVersion(run.version, run.newest_version)}</Text>
                )}
              </List.Item>
            ))}
          </List>
        </Callout>
        <Group justify="flex-end">
          <Button data-autofocus onClick={() => void close()}>
            {text.done}
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      <Text>{text.text}</Text>
      <div>
        <Text fw={600}>{text.records}</Text>
        <List size="sm">
          {chosen.slice(0, NAMED).map((one) => (
            <List.Item key={one.id} className="or-mono">
              {nameOf(one)}
            </List.Item>
          ))}
        </List>
        {chosen.length > NAMED && <Text size="sm">{text.andMore(chosen.length - NAMED)}</Text>}
      </div>
      <Radio.Group
        label={text.action}
        value={action}
        onChange={(value) => setAction(ACTIONS.find((one) => one === value) ?? BY_RECORD)}
      >
        <Stack gap="sm" pt="xs">
          <Radio value={BY_RECORD} label={text.byRecord} description={text.byRecordHint} />
          <Radio value="new" label={text.new} description={text.newHint} />
          <Radio value="cancel_and_new" label={text.cancelAndNew} description={text.cancelAndNewHint} />
        </Stack>
      </Radio.Group>
      {unamended > 0 && <Callout tone="warning" title={text.unchecked(unamended)} />}
      {start.isError && <ErrorState error={start.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {uiMessages.cancel}
        </Button>
        <Button loading={start.isPending} onClick={() => start.mutate()}>
          {text.confirm}
        </Button>
      </Group>
    </Stack>
  );
}
