/** Opening an entry, and changing what it says. */
import { Button, Group, MultiSelect, Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { AppLink, Callout, DateField, ErrorState, PageHeader, showDone, uiMessages } from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { startableReportsQuery } from "@/features/runs/api";
import { choicesOf } from "@/lists/choices";
import {
  causesQuery,
  changeEntry,
  entryKeys,
  entryKinds,
  foundBy,
  openEntry,
  rootCauses,
  type EntryDetail,
  type LinkKind,
} from "./api";
import { DaysFields } from "./DaysFields";
import { bodyOf, draftOf, emptyDraft, isComplete, type Draft } from "./draft";
import { registerMessages } from "./messages";

const text = registerMessages.form;
const route = getRouteApi("/_app/error-register/new");
const MOST_CHARACTERS = 20_000;

export function NewEntry() {
  const { from_kind: kind, from_id: id } = route.useSearch();
  return (
    <>
      <AppLink to="/error-register" search={{}} size="sm">
        {registerMessages.back}
      </AppLink>
      <PageHeader title={registerMessages.newTitle} />
      <EntryForm {...(kind && id ? { about: { kind, id } } : {})} />
    </>
  );
}

interface EntryFormProps {
  stored?: Tagged<EntryDetail>;
  onDone?: () => void;
  /** What the new entry is about. */
  about?: { kind: LinkKind; id: string };
}

export function EntryForm({ stored, onDone, about }: EntryFormProps) {
  const [draft, setDraft] = useState<Draft>(() =>
    stored ? draftOf(stored.body) : emptyDraft(localToday(), about ? foundWith(about.kind) : "own_control"),
  );
  const [isTried, setIsTried] = useState(false);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const causes = useQuery(causesQuery()).data?.items ?? [];
  const reports = useReports(stored?.body);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const put = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const save = useMutation({
    mutationFn: () =>
      stored
        ? changeEntry(stored.body.id, bodyOf(draft), stored.etag)
        : openEntry({ ...bodyOf(draft), links: about ? [about] : [] }, key),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: entryKeys.all });
      showDone(stored ? text.saved : text.opened(made.reference));
      onDone?.();
      if (!stored)
        await navigate({ to: "/error-register/$registerEntryId", params: { registerEntryId: made.id } });
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (isComplete(draft)) save.mutate();
  }

  const meaning = causes.find((one) => one.cause === draft.root_cause)?.sentence;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={820}>
        {about && <Callout tone="neutral" title={text.about(about.kind)} fix={text.aboutText} />}
        <TextInput
          label={text.title}
          required
          maxLength={200}
          value={draft.title}
          error={isTried && !draft.title.trim() ? text.missing : undefined}
          onChange={(event) => put({ title: event.currentTarget.value })}
        />
        <Group grow align="start">
          <Select
            label={text.kind}
            allowDeselect={false}
            data={choicesOf(entryKinds, registerMessages.kinds)}
            value={draft.kind}
            onChange={(value) => put({ kind: entryKinds.find((one) => one === value) ?? draft.kind })}
          />
          <Select
            label={text.found}
            allowDeselect={false}
            data={choicesOf(foundBy, registerMessages.found)}
            value={draft.found_by}
            onChange={(value) => put({ found_by: foundBy.find((one) => one === value) ?? draft.found_by })}
          />
        </Group>
        <Group grow align="start">
          <DateField
            label={text.from}
            required
            value={draft.occurred_from}
            onChange={(occurred_from) => put({ occurred_from })}
          />
          <DateField
            label={text.to}
            description={text.toHint}
            inputWrapperOrder={["label", "input", "description"]}
            value={draft.occurred_to}
            onChange={(occurred_to) => put({ occurred_to })}
          />
          <DateField
            label={text.discovered}
            required
            value={draft.discovered_on}
            onChange={(discovered_on) => put({ discovered_on })}
          />
          <DateField
            label={text.corrected}
            value={draft.corrected_on}
            onChange={(corrected_on) => put({ corrected_on })}
          />
        </Group>
        <Textarea
          label={text.description}
          autosize
          minRows={3}
          maxLength={MOST_CHARACTERS}
          value={draft.description}
          onChange={(event) => put({ description: event.currentTarget.value })}
        />
        <Select
          label={text.cause}
          description={meaning}
          inputWrapperOrder={["label", "input", "description"]}
          placeholder={text.causeLater}
          clearable
          searchable
          data={choicesOf(rootCauses, registerMessages.causes)}
          value={draft.root_cause}
          onChange={(value) => put({ root_cause: rootCauses.find((one) => one === value) ?? null })}
        />
        <Textarea
          label={text.causeText}
          autosize
          minRows={2}
          maxLength={MOST_CHARACTERS}
          value={draft.root_cause_text}
          onChange={(event) => put({ root_cause_text: event.currentTarget.value })}
        />
        <MultiSelect
          label={text.reports}
          searchable
          data={reports}
          value={draft.report_ids}
          onChange={(report_ids) => put({ report_ids })}
        />
        <DaysFields days={draft.days} reports={reports} onChange={(days) => put({ days })} />
        <TagsInput
          label={text.fields}
          description={text.fieldsHint}
          inputWrapperOrder={["label", "input", "description"]}
          maxTags={100}
          value={draft.affected_fields}
          onChange={(affected_fields) => put({ affected_fields })}
        />
        <Group grow align="start">
          <TextInput
            label={text.authority}
            maxLength={200}
            value={draft.authority}
            onChange={(event) => put({ authority: event.currentTarget.value })}
          />
          <TextInput
            label={text.authorityReference}
            maxLength={200}
            value={draft.authority_reference}
            onChange={(event) => put({ authority_reference: event.currentTarget.value })}
          />
        </Group>
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          {stored && (
            <Button variant="default" onClick={onDone}>
              {uiMessages.cancel}
            </Button>
          )}
          <Button type="submit" loading={save.isPending}>
            {stored ? text.save : text.open}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Reports that can be run, and those that the entry names already. */
function useReports(entry: EntryDetail | undefined) {
  const found = useQuery(startableReportsQuery()).data?.items ?? [];
  const known = new Map([...(entry?.reports ?? []), ...found].map((one) => [one.id, one.name]));
  return [...known].map(([value, label]) => ({ value, label }));
}

function foundWith(kind: LinkKind) {
  if (kind === "reconciliation") return kind;
  return kind === "run" ? "own_control" : "regulator_feedback";
}

function localToday(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, "0");
  return `${String(now.getFullYear())}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
