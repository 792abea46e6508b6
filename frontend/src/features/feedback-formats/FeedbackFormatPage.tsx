/** How answers in CSV of a destination are read, with a sample that shows it. */
import { Button, FileInput, Group, Select, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { AppLink, ErrorState, PageHeader, Section, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { dropFormat, formatKeys, formatQuery, keepFormat, readingQuery, type FeedbackFormat } from "./api";
import { columnNames, delimiters, encodings, isComplete, readFormat, type FormatDraft } from "./format";
import styles from "./format.module.css";
import { formatMessages as text } from "./messages";
import { ReadingPreview } from "./ReadingPreview";
import { WordsTable } from "./WordsTable";

const route = getRouteApi("/_app/destinations/$destinationId_/feedback-format");

export function FeedbackFormatPage() {
  const { destinationId } = route.useParams();
  const query = useQuery(formatQuery(destinationId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={320} />;
  const { body, etag } = query.data;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/destinations/$destinationId" params={{ destinationId }} size="sm">
          {text.back}
        </AppLink>
        <PageHeader title={text.heading(body.destination_name)} />
        <Text c="dimmed">{text.intro}</Text>
        <Text c="dimmed">{body.format ? text.uses(body.response_folder) : text.none}</Text>
      </div>
      {/* What was saved begins a new form. */}
      <Form key={etag} kept={body} etag={etag} />
    </Stack>
  );
}

interface FormProps {
  kept: FeedbackFormat;
  etag: string | null;
}

function Form({ kept, etag }: FormProps) {
  const id = kept.destination_id;
  const queries = useQueryClient();
  const mayWrite = useMay("destinations:write");
  const [draft, setDraft] = useState(() => readFormat(kept.format));
  const [sample, setSample] = useState<File | null>(null);
  const reading = useQuery(readingQuery(id, sample, draft));
  const change = (changes: Partial<FormatDraft>) => setDraft((now) => ({ ...now, ...changes }));
  const refresh = () => queries.invalidateQueries({ queryKey: formatKeys.one(id), exact: true });
  const saving = useMutation({
    mutationFn: () => keepFormat(id, draft, etag),
    onSuccess: async () => {
      await refresh();
      showDone(text.saved);
    },
  });
  const dropping = useMutation({
    mutationFn: () => dropFormat(id, etag),
    onSuccess: async () => {
      await refresh();
      showDone(text.removed);
    },
    onError: showProblem,
  });
  return (
    <div className={styles.page}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack gap="xl">
          <Section title={text.file}>
            {mayWrite && (
              <FileInput
                label={text.sample}
                description={text.sampleHint}
                placeholder={text.sampleChoose}
                clearable={false}
                value={sample}
                onChange={setSample}
              />
            )}
            <TableFields draft={draft} onChange={change} />
          </Section>
          <Section title={text.columns}>
            <ColumnFields draft={draft} columns={reading.data?.columns ?? []} onChange={change} />
          </Section>
          <Section title={text.states}>
            <WordsTable draft={draft} unknown={reading.data?.unknown_words ?? []} onChange={setDraft} />
          </Section>
          {saving.isError && <ErrorState error={saving.error} />}
          {mayWrite && (
            <Group gap="sm">
              <Button type="submit" disabled={!isComplete(draft)} loading={saving.isPending}>
                {text.save}
              </Button>
              {kept.format && (
                <Button variant="default" loading={dropping.isPending} onClick={() => dropping.mutate()}>
                  {text.remove}
                </Button>
              )}
            </Group>
          )}
        </Stack>
      </form>
      <ReadingPreview reading={reading.data} error={reading.error} isChosen={sample !== null} draft={draft} />
    </div>
  );
}

interface FieldsProps {
  draft: FormatDraft;
  onChange: (changes: Partial<FormatDraft>) => void;
}

function TableFields({ draft, onChange }: FieldsProps) {
  return (
    <div className={styles.pair}>
      <Select
        label={text.delimiter}
        data={choices(delimiters, draft.delimiter, text.delimiters)}
        value={draft.delimiter}
        allowDeselect={false}
        onChange={(delimiter) => delimiter && onChange({ delimiter })}
      />
      <Select
        label={text.encoding}
        data={choices(encodings, draft.encoding, text.encodings)}
        value={draft.encoding}
        allowDeselect={false}
        onChange={(encoding) => encoding && onChange({ encoding })}
      />
      <TextInput
        label={text.fileName}
        description={text.fileNameHint}
        maxLength={150}
        value={draft.file_name}
        onChange={(event) => onChange({ file_name: event.currentTarget.value })}
      />
    </div>
  );
}

function ColumnFields({ draft, columns, onChange }: FieldsProps & { columns: readonly string[] }) {
  return (
    <>
      <Text c="dimmed">{text.columnsHint}</Text>
      <div className={styles.pair}>
        {columnNames.map((name) => {
          const value = draft.columns[name];
          const isRequired = name === "record_id" || name === "state";
          const set = (column: string | null) =>
            onChange({ columns: { ...draft.columns, [name]: column || undefined } });
          // Without a sample the names are typed.
          return columns.length > 0 ? (
            <Select
              key={name}
              label={text.column[name]}
              description={text.columnHints[name]}
              placeholder={text.columnNone}
              required={isRequired}
              clearable={!isRequired}
              data={[...new Set([...columns, ...(value ? [value] : [])])].filter(Boolean)}
              value={value ?? null}
              onChange={set}
            />
          ) : (
            <TextInput
              key={name}
              label={text.column[name]}
              description={text.columnHints[name]}
              required={isRequired}
              maxLength={200}
              value={value ?? ""}
              onChange={(event) => set(event.currentTarget.value)}
            />
          );
        })}
      </div>
    </>
  );
}

function choices(known: readonly string[], chosen: string, labels: Record<string, string>) {
  return [...new Set([...known, chosen])].map((value) => ({ value, label: labels[value] ?? value }));
}
