/** What happened to one exception, by whom, and what they said. */
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { ErrorState, EventItem, EventList, Moment, Panel, showDone } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import {
  commentOn,
  exceptionKeys,
  historyQuery,
  type Amendment,
  type ExceptionDetail,
  type ExceptionEvent,
} from "./api";
import { detailMessages } from "./detailMessages";
import { exceptionMessages } from "./messages";
import { Change } from "./RecordValue";

const text = detailMessages.activity;
const MOST_CHARACTERS = 2000;

export function History({ exception }: { exception: ExceptionDetail }) {
  const query = useQuery(historyQuery(exception.id));
  const mayWork = useMay("exceptions:work");
  const changes = changesByEvent(query.data?.items ?? [], exception.changes);
  return (
    <Panel title={text.title}>
      <Stack gap="lg">
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.data?.items.length === 0 && <Text c="dimmed">{text.none}</Text>}
        <EventList>
          {query.data?.items.map((event) => (
            <Entry key={event.id} event={event} changes={changes.get(event.id) ?? []} />
          ))}
        </EventList>
        {mayWork && <CommentForm exceptionId={exception.id} />}
      </Stack>
    </Panel>
  );
}

/** What was changed stands with the exception, in the order in which it was amended. */
function changesByEvent(events: ExceptionEvent[], changes: Amendment[]): Map<string, Amendment[]> {
  const left = [...changes];
  const found = new Map<string, Amendment[]>();
  for (const { id, action, details } of events) {
    const columns = details["columns"];
    if (action === "amended" && Array.isArray(columns)) found.set(id, left.splice(0, columns.length));
  }
  return found;
}

function Entry({ event, changes }: { event: ExceptionEvent; changes: Amendment[] }) {
  return (
    <EventItem
      title={
        <>
          <strong>{event.actor_name ?? text.openreg}</strong> {text.action(event.action)}
          {event.from_state !== event.to_state && (
            <Text span c="dimmed">
              {" "}
              {text.becomes(exceptionMessages.stateName(event.to_state))}
            </Text>
          )}
        </>
      }
      meta={<Moment at={event.at} />}
      comment={event.comment}
    >
      {changes.map((change) => (
        <div key={change.id}>
          <span className="or-mono">{change.column}</span>{" "}
          <Change before={change.old} after={change.new} isMasked={change.is_masked} />
        </div>
      ))}
    </EventItem>
  );
}

function CommentForm({ exceptionId }: { exceptionId: string }) {
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const send = useMutation({
    mutationFn: () => commentOn(exceptionId, comment.trim()),
    onSuccess: () => {
      setComment("");
      showDone(text.sent);
      return queries.invalidateQueries({ queryKey: exceptionKeys.one(exceptionId) });
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (comment.trim()) send.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Textarea
          label={text.comment}
          description={text.commentHint}
          autosize
          minRows={2}
          maxLength={MOST_CHARACTERS}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {send.isError && <ErrorState error={send.error} />}
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={send.isPending} disabled={!comment.trim()}>
            {text.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
