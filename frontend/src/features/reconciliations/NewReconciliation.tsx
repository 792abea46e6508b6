/** An extract is brought: for which report and dates, which column is which field, then it is compared. */
import { Button, Checkbox, FileInput, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import {
  AppLink,
  Callout,
  DateField,
  ErrorState,
  LinkButton,
  PageHeader,
  Panel,
  uiMessages,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { startableReportsQuery } from "@/features/runs/api";
import {
  mappingsQuery,
  previewExtract,
  reconciliationKeys,
  saveMapping,
  startReconciliation,
  type Environment,
  type ExtractPreview,
} from "./api";
import { draftOf, faultOf, mappingOf, type MappingDraft } from "./mapping";
import { MappingTable } from "./MappingTable";
import { reconciliationMessages } from "./messages";

const text = reconciliationMessages.form;
const ENCODINGS = ["utf-8", "cp1252", "iso-8859-15", "utf-16"];
const ENVIRONMENTS: Environment[] = ["production", "test"];

export function NewReconciliation() {
  const [report, setReport] = useState<string | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [encoding, setEncoding] = useState("utf-8");
  const [dates, setDates] = useState({ first: "", last: "" });
  const [environment, setEnvironment] = useState<Environment>("production");
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const preview = useQuery({
    queryKey: [
      ...reconciliationKeys.all,
      "preview",
      report,
      encoding,
      file?.name,
      file?.size,
      file?.lastModified,
    ],
    queryFn: () => (file && report ? previewExtract(file, report, encoding) : null),
    enabled: file !== null && report !== null,
    retry: false,
  });
  return (
    <>
      <AppLink to="/reconciliations" search={{}} size="sm">
        {reconciliationMessages.back}
      </AppLink>
      <PageHeader title={reconciliationMessages.create} />
      <Stack gap="lg">
        <Stack gap="sm" maw={640}>
          <Select
            label={text.report}
            description={text.reportHint}
            withAsterisk
            searchable
            data={reports.map((one) => ({ value: one.id, label: one.name }))}
            value={report}
            onChange={setReport}
          />
          <Group grow align="end">
            <DateField
              label={text.first}
              required
              value={dates.first}
              onChange={(first) => setDates(({ last }) => ({ first, last: last || first }))}
            />
            <DateField
              label={text.last}
              required
              value={dates.last}
              onChange={(last) => setDates(({ first }) => ({ first, last }))}
            />
            <Select
              label={text.environment}
              allowDeselect={false}
              data={ENVIRONMENTS.map((value) => ({
                value,
                label: reconciliationMessages.environments[value],
              }))}
              value={environment}
              onChange={(value) => setEnvironment(value === "test" ? "test" : "production")}
            />
          </Group>
          <Group grow align="end">
            <FileInput
              label={text.file}
              description={text.fileHint}
              placeholder={text.choose}
              required
              clearable={false}
              value={file}
              onChange={setFile}
            />
            <Select
              label={text.encoding}
              allowDeselect={false}
              data={ENCODINGS}
              value={encoding}
              onChange={(value) => setEncoding(value ?? "utf-8")}
            />
          </Group>
        </Stack>
        {preview.isError && <ErrorState error={preview.error} />}
        {preview.data && file && report && (
          <Columns
            key={`${report}/${file.name}/${String(file.lastModified)}/${encoding}`}
            preview={preview.data}
            wanted={{ file, reportId: report, firstDate: dates.first, lastDate: dates.last, environment }}
            encoding={encoding}
          />
        )}
      </Stack>
    </>
  );
}

interface ColumnsProps {
  preview: ExtractPreview;
  wanted: { file: File; reportId: string; firstDate: string; lastDate: string; environment: Environment };
  encoding: string;
}

function Columns({ preview, wanted, encoding }: ColumnsProps) {
  const [draft, setDraft] = useState<MappingDraft>(() => draftOf(preview.header, preview.suggestion ?? null));
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const saved = useQuery(mappingsQuery(wanted.reportId)).data?.items ?? [];
  const queries = useQueryClient();
  const navigate = useNavigate();
  const fault = faultOf(draft);
  const isComplete =
    wanted.firstDate !== "" && wanted.lastDate !== "" && (!fault || fault === "nothing_compared");
  const starting = useMutation({
    mutationFn: async () => {
      const mapping = mappingOf(draft, encoding, preview.delimiter);
      if (name.trim()) await saveMapping(wanted.reportId, name.trim(), mapping);
      return startReconciliation({ ...wanted, mapping }, key);
    },
    onSuccess: async (started) => {
      await queries.invalidateQueries({ queryKey: reconciliationKeys.all });
      void queries.invalidateQueries({ queryKey: reconciliationKeys.mappings });
      await navigate({
        to: "/reconciliations/$reconciliationId",
        params: { reconciliationId: started.id },
      });
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function choose(id: string | null) {
    setChosen(id);
    const mapping = saved.find((one) => one.id === id)?.mapping ?? preview.suggestion ?? null;
    setDraft(draftOf(preview.header, mapping));
  }

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isComplete) starting.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Panel title={text.mapping}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {text.mappingHint}
          </Text>
          {saved.length > 0 && (
            <Select
              label={text.saved}
              placeholder={text.noSaved}
              clearable
              maw={400}
              data={saved.map((one) => ({ value: one.id, label: one.name }))}
              value={chosen}
              onChange={choose}
            />
          )}
          <MappingTable preview={preview} draft={draft} onChange={setDraft} />
          <Group align="end" gap="md">
            <TextInput
              label={text.timeZone}
              value={draft.timeZone}
              onChange={(event) => setDraft({ ...draft, timeZone: event.currentTarget.value })}
            />
            <TextInput
              label={text.emptyWords}
              description={text.emptyWordsHint}
              value={draft.emptyWords}
              onChange={(event) => setDraft({ ...draft, emptyWords: event.currentTarget.value })}
            />
            <TextInput
              label={text.saveAs}
              description={text.saveAsHint}
              maxLength={120}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Checkbox
              label={text.decimalComma}
              checked={draft.decimalComma}
              onChange={(event) => setDraft({ ...draft, decimalComma: event.currentTarget.checked })}
              mb={8}
            />
          </Group>
          {fault && <Callout tone="warning" title={text.faults[fault]} />}
          {starting.isError && <ErrorState error={starting.error} />}
          <Group justify="flex-end" gap="sm">
            <LinkButton variant="default" to="/reconciliations">
              {uiMessages.cancel}
            </LinkButton>
            <Button type="submit" disabled={!isComplete} loading={starting.isPending}>
              {text.submit}
            </Button>
          </Group>
        </Stack>
      </Panel>
    </form>
  );
}
