/** Correcting one record: what is typed is checked at once against every rule, and kept with its reason. */
import { Button, Group, Loader, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Callout, ErrorState, Panel, showDone } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { amendOne, previewQuery, type ExceptionDetail, type Stored } from "./api";
import { amendMessages as text } from "./amendMessages";
import { ChangeFields } from "./ChangeFields";
import { columnsOf, likelyDrafts } from "./columns";
import { changesOf, withCurrent, type Change } from "./drafts";
import { PreviewResult } from "./PreviewResult";
import { useRefresh } from "./useRefresh";

const TYPING_MS = 400;
const MOST_CHARACTERS = 2000;

export function AmendForm({ stored }: { stored: Stored }) {
  const { body: found, etag } = stored;
  const columns = columnsOf(found);
  const [typed, setDrafts] = useState(() => likelyDrafts(found));
  const drafts = withCurrent(typed, columns);
  const [reason, setReason] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const refresh = useRefresh();
  const changes = changesOf(drafts);
  const save = useMutation({
    mutationFn: (tag: string | null) => amendOne(found.id, changes, reason.trim(), tag),
    onSuccess: async () => {
      showDone(text.saved);
      setReason("");
      setDrafts([]);
      await refresh();
    },
  });
  const conflict = isProblem(save.error) && save.error.status === 412 ? save.error : null;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsMissing(!reason.trim());
    if (reason.trim() && changes.length > 0) save.mutate(etag);
  }

  return (
    <Panel title={text.title}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {conflict && (
            <Callout
              tone="warning"
              role="alert"
              title={text.conflictTitle}
              actions={
                <>
                  <Button variant="default" onClick={() => void refresh()}>
                    {text.takeTheirs}
                  </Button>
                  <Button onClick={() => save.mutate(conflict.etag)}>{text.keepMine}</Button>
                </>
              }
            >
              {text.conflictText}
            </Callout>
          )}
          <ChangeFields columns={columns} drafts={drafts} onChange={setDrafts} />
          <Check found={found} changes={changes} />
          <Textarea
            label={text.reason}
            description={text.reasonHint}
            required
            autosize
            minRows={2}
            maxLength={MOST_CHARACTERS}
            value={reason}
            error={isMissing && !reason.trim() ? text.reasonMissing : undefined}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {save.isError && !conflict && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={changes.length === 0} loading={save.isPending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

/** The verdict on what is typed, a moment after the typing has stopped. */
function Check({ found, changes }: { found: ExceptionDetail; changes: Change[] }) {
  const [wanted] = useDebouncedValue(changes, TYPING_MS);
  const query = useQuery(previewQuery(found, wanted));
  const isBehind = JSON.stringify(wanted) !== JSON.stringify(changes);
  return (
    <div aria-live="polite">
      {changes.length === 0 && <Text c="dimmed">{text.notChecked}</Text>}
      {changes.length > 0 && query.isError && <ErrorState error={query.error} />}
      {changes.length > 0 && !query.isError && (isBehind || !query.data) && (
        <Group gap="sm">
          <Loader size="xs" aria-hidden />
          <Text c="dimmed">{text.checking}</Text>
        </Group>
      )}
      {changes.length > 0 && !isBehind && query.data && <PreviewResult preview={query.data} />}
    </div>
  );
}
