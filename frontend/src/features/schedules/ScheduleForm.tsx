/** Making and changing a schedule; its next fires are shown as they would be. */
import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { startableReportsQuery } from "@/features/runs/api";
import { changeSchedule, createSchedule, scheduleKeys, type Schedule } from "./api";
import { CadenceFields } from "./CadenceFields";
import { DayFields } from "./DayFields";
import { definitionOf, draftOf, EMPTY, type Draft } from "./definition";
import { scheduleMessages } from "./messages";
import { PreviewPanel } from "./PreviewPanel";

const text = scheduleMessages.form;

export function NewSchedule() {
  return (
    <>
      <AppLink to="/schedules" search={{}} size="sm">
        {scheduleMessages.back}
      </AppLink>
      <PageHeader title={scheduleMessages.newTitle} />
      <ScheduleForm />
    </>
  );
}

export function ScheduleForm({ stored, onDone }: { stored?: Tagged<Schedule>; onDone?: () => void }) {
  const before = stored?.body;
  const [report, setReport] = useState(before?.report_id ?? null);
  const [name, setName] = useState(before?.name ?? "");
  const [draft, setDraft] = useState<Draft>(() => (before ? draftOf(before.definition) : EMPTY));
  const [key, setKey] = useState(() => crypto.randomUUID());
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const queries = useQueryClient();
  const navigate = useNavigate();
  const put = (changed: Partial<Draft>) => setDraft((now) => ({ ...now, ...changed }));
  const definition = definitionOf(draft, before?.definition);
  const isComplete = name.trim() !== "" && report !== null;
  const save = useMutation({
    mutationFn: () =>
      stored
        ? changeSchedule(stored.body.id, { name, definition }, stored.etag)
        : createSchedule({ report_id: report ?? "", name, definition }, key),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: scheduleKeys.all });
      showDone(stored ? text.saved : text.created);
      onDone?.();
      if (!stored) await navigate({ to: "/schedules/$scheduleId", params: { scheduleId: made.id } });
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isComplete) save.mutate();
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
        <CadenceFields draft={draft} put={put} />
        <DayFields draft={draft} put={put} />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          {stored ? (
            <Button variant="default" onClick={onDone}>
              {uiMessages.cancel}
            </Button>
          ) : (
            <LinkButton to="/schedules" search={{}} variant="default">
              {uiMessages.cancel}
            </LinkButton>
          )}
          <Button type="submit" disabled={!isComplete} loading={save.isPending}>
            {text.save}
          </Button>
        </Group>
        <PreviewPanel definition={definition} />
      </Stack>
    </form>
  );
}
