/** What is done about an entry: by whom, until when. */
import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import {
  DataTable,
  ErrorState,
  Moment,
  Panel,
  showDone,
  StatusBadge,
  uiMessages,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { localMinute, momentOf } from "@/features/exceptions/localMinute";
import {
  addAction,
  changeAction,
  entryKeys,
  finishAction,
  peopleQuery,
  type EntryDetail,
  type RegisterAction,
} from "./api";
import { registerMessages } from "./messages";

const text = registerMessages.action;

interface Open {
  what: "add" | "change" | "finish";
  action?: RegisterAction;
}

export function ActionsPanel({ entry }: { entry: EntryDetail }) {
  const [open, setOpen] = useState<Open | null>(null);
  const mayWrite = useMay("error_register:write") && entry.state !== "closed";
  const close = () => setOpen(null);
  const columns: Column<RegisterAction>[] = [
    { key: "text", header: text.text, cell: (one) => one.text },
    { key: "owner", header: text.owner, cell: (one) => one.owner },
    { key: "due", header: text.due, cell: (one) => <Moment at={one.due_at} /> },
    { key: "state", header: text.state, cell: (one) => <ActionState action={one} /> },
  ];
  if (mayWrite)
    columns.push({
      key: "do",
      header: text.work,
      cell: (one) =>
        one.done_at === null && (
          <Group gap="xs" wrap="nowrap">
            <Button size="compact-xs" onClick={() => setOpen({ what: "finish", action: one })}>
              {text.finish}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setOpen({ what: "change", action: one })}
            >
              {text.change}
            </Button>
          </Group>
        ),
    });
  return (
    <Panel title={text.title}>
      <Stack gap="sm">
        {entry.actions.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <DataTable label={text.title} columns={columns} rows={entry.actions} rowKey={(one) => one.id} />
        )}
        {mayWrite && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setOpen({ what: "add" })}>
              {text.add}
            </Button>
          </Group>
        )}
      </Stack>
      <Modal
        opened={open !== null}
        onClose={close}
        title={open?.what === "finish" ? text.finishTitle : text.dialog}
        closeButtonProps={{ "aria-label": uiMessages.close }}
      >
        {open?.what === "finish" && open.action && (
          <Finish entry={entry} action={open.action} onClose={close} />
        )}
        {(open?.what === "add" || open?.what === "change") && (
          <Terms entry={entry} action={open.action} onClose={close} />
        )}
      </Modal>
    </Panel>
  );
}

function ActionState({ action }: { action: RegisterAction }) {
  if (action.done_at !== null)
    return (
      <>
        <StatusBadge tone="success">{text.isDone(action.done_by ?? "")}</StatusBadge>
        {action.done_note && <Text size="xs">{action.done_note}</Text>}
      </>
    );
  return (
    <StatusBadge tone={action.is_overdue ? "failed" : "neutral"}>
      {action.is_overdue ? text.isOverdue : text.isOpen}
    </StatusBadge>
  );
}

function useSaved(onClose: () => void, done: string) {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ queryKey: entryKeys.all });
    showDone(done);
    onClose();
  };
}

function Finish({
  entry,
  action,
  onClose,
}: {
  entry: EntryDetail;
  action: RegisterAction;
  onClose: () => void;
}) {
  const [note, setNote] = useState("");
  const finish = useMutation({
    mutationFn: () => finishAction(entry.id, action.id, note.trim()),
    onSuccess: useSaved(onClose, text.finished),
  });
  return (
    <Stack gap="md">
      <Text>{text.finishText}</Text>
      <Textarea
        label={text.note}
        autosize
        minRows={2}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {finish.isError && <ErrorState error={finish.error} />}
      <Group justify="flex-end">
        <Button loading={finish.isPending} onClick={() => finish.mutate()}>
          {text.finish}
        </Button>
      </Group>
    </Stack>
  );
}

interface TermsProps {
  entry: EntryDetail;
  action: RegisterAction | undefined;
  onClose: () => void;
}

function Terms({ entry, action, onClose }: TermsProps) {
  const people = useQuery(peopleQuery()).data?.items ?? [];
  const [words, setWords] = useState(action?.text ?? "");
  const [owner, setOwner] = useState<string | null>(action?.owner_id ?? null);
  const [due, setDue] = useState(action ? localMinute(action.due_at) : "");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const at = momentOf(due);
  const save = useMutation({
    mutationFn: () => {
      const body = { text: words.trim(), owner_id: owner ?? "", due_at: at ?? "" };
      return action ? changeAction(entry.id, action.id, body) : addAction(entry.id, body, key);
    },
    onSuccess: useSaved(onClose, text.saved),
    onError: () => setKey(crypto.randomUUID()),
  });
  const isComplete = words.trim() !== "" && owner !== null && at !== null;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isComplete) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Textarea
          label={text.text}
          required
          autosize
          maxLength={500}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Select
          label={text.owner}
          required
          searchable
          data={people.map((one) => ({ value: one.id, label: one.name }))}
          value={owner}
          onChange={setOwner}
        />
        <TextInput
          type="datetime-local"
          label={text.due}
          description={registerMessages.move.atHint}
          required
          value={due}
          onChange={(event) => setDue(event.currentTarget.value)}
        />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={!isComplete} loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
