/** The states an entry can go to, each with what has to be said for it. */
import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { localMinute, momentOf } from "@/features/exceptions/localMinute";
import { entryKeys, moveEntry, type EntryDetail, type EntryStateName } from "./api";
import { registerMessages } from "./messages";

const text = registerMessages.move;

interface MoveProps {
  entry: EntryDetail;
  etag: string | null;
}

export function MoveActions({ entry, etag }: MoveProps) {
  const [to, setTo] = useState<EntryStateName | null>(null);
  return (
    <>
      {entry.next_states.map((state, index) => (
        <Button
          key={state}
          size="xs"
          variant={index === 0 ? "filled" : "default"}
          onClick={() => setTo(state)}
        >
          {registerMessages.moveName(state)}
        </Button>
      ))}
      <Modal
        opened={to !== null}
        onClose={() => setTo(null)}
        title={to ? registerMessages.moveName(to) : ""}
        closeButtonProps={{ "aria-label": uiMessages.close }}
      >
        {to && <MoveForm entry={entry} etag={etag} to={to} onClose={() => setTo(null)} />}
      </Modal>
    </>
  );
}

function MoveForm({ entry, etag, to, onClose }: MoveProps & { to: EntryStateName; onClose: () => void }) {
  const [note, setNote] = useState("");
  const [authority, setAuthority] = useState(entry.authority);
  const [reference, setReference] = useState(entry.authority_reference);
  const [told, setTold] = useState(() => localMinute(new Date().toISOString()));
  const queries = useQueryClient();
  const isTold = to === "notified";
  const needsReason = to === "closed" || to === "reopened";
  const move = useMutation({
    mutationFn: () =>
      moveEntry(
        entry.id,
        {
          to,
          note: note.trim(),
          ...(isTold ? { authority, authority_reference: reference, notified_at: momentOf(told) } : {}),
        },
        etag,
      ),
    onSuccess: () => {
      showDone(text.done(to));
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: entryKeys.all }),
  });
  const isMissing = (needsReason && !note.trim()) || (isTold && !authority.trim());

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (!isMissing) move.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{registerMessages.moveText(to)}</Text>
        {isTold && (
          <>
            <TextInput
              label={text.authority}
              required
              maxLength={200}
              value={authority}
              onChange={(event) => setAuthority(event.currentTarget.value)}
            />
            <TextInput
              label={text.reference}
              maxLength={200}
              value={reference}
              onChange={(event) => setReference(event.currentTarget.value)}
            />
            <TextInput
              type="datetime-local"
              label={text.at}
              description={text.atHint}
              value={told}
              onChange={(event) => setTold(event.currentTarget.value)}
            />
          </>
        )}
        <Textarea
          label={needsReason ? text.reason : text.note}
          required={needsReason}
          autosize
          minRows={2}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {move.isError && <ErrorState error={move.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" disabled={isMissing} loading={move.isPending}>
            {registerMessages.moveName(to)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
