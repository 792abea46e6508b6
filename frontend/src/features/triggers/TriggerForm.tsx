/** Making and changing a trigger. */
import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { startableReportsQuery } from "@/features/runs/api";
import { changeTrigger, createTrigger, triggerKeys, type Kind, type Trigger } from "./api";
import { definitionOf, draftOf, EMPTY, isComplete, type Draft } from "./definition";
import { KindFields } from "./KindFields";
import { triggerMessages } from "./messages";
import { RunFields } from "./RunFields";

const text = triggerMessages.form;

export function NewTrigger() {
  return (
    <>
      <AppLink to="/triggers" search={{}} size="sm">
        {triggerMessages.back}
      </AppLink>
      <PageHeader title={triggerMessages.newTitle} />
      <TriggerForm />
    </>
  );
}

export function TriggerForm({ stored, onDone }: { stored?: Tagged<Trigger>; onDone?: () => void }) {
  const before = stored?.body;
  const [report, setReport] = useState(before?.report_id ?? null);
  const [name, setName] = useState(before?.name ?? "");
  const [draft, setDraft] = useState<Draft>(() => (before ? draftOf(before.definition) : EMPTY));
  const [key, setKey] = useState(() => crypto.randomUUID());
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const queries = useQueryClient();
  const navigate = useNavigate();
  const put = (changed: Partial<Draft>) => setDraft((now) => ({ ...now, ...changed }));
  const isReady = name.trim() !== "" && report !== null && isComplete(draft);
  const save = useMutation({
    mutationFn: () => {
      const definition = definitionOf(draft);
      return stored
        ? changeTrigger(stored.body.id, { name, definition }, stored.etag)
        : createTrigger({ report_id: report ?? "", name, definition }, key);
    },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: triggerKeys.all });
      showDone(stored ? text.saved : text.created);
      onDone?.();
      if (!stored) await navigate({ to: "/triggers/$triggerId", params: { triggerId: made.id } });
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={820}>
        {!stored && (
          <Select
            label={text.report}
            withAsterisk
            searchable
            data={reports.map((one) => ({ value: one.id, label: one.name }))}
            value={report}
            onChange={setReport}
          />
        )}
        <TextInput
          label={text.name}
          withAsterisk
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={text.kind}
          data={triggerMessages.kinds}
          allowDeselect={false}
          value={draft.kind}
          onChange={(kind) => kind && put({ kind: kind as Kind })}
        />
        <KindFields draft={draft} put={put} />
        <RunFields draft={draft} put={put} />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          {stored ? (
            <Button variant="default" onClick={onDone}>
              {uiMessages.cancel}
            </Button>
          ) : (
            <LinkButton to="/triggers" search={{}} variant="default">
              {uiMessages.cancel}
            </LinkButton>
          )}
          <Button type="submit" disabled={!isReady} loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
