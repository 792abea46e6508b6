/** A file of entries: first what it would do, and every fault with its place; then all of it, or nothing. */
import { Button, Drawer, FileInput, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import {
  Callout,
  DataTable,
  DateField,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  Panel,
  showDone,
  uiMessages,
  type Column,
} from "@openreg/ui";
import { IconUpload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  datasetKeys,
  importEntries,
  type Dataset,
  type EntryFault,
  type ImportMode,
  type ImportOutcome,
  type Noun,
} from "./api";
import { FROM, KEY, TO } from "./grid";
import { datasetMessages } from "./messages";

const text = datasetMessages.importing;
const MODES = Object.keys(text.modes) as ImportMode[];
const MAX_NOTE = 500;

interface ImportDrawerProps {
  dataset: Dataset;
  noun: Noun;
  onClose: () => void;
}

export function ImportDrawer(props: ImportDrawerProps) {
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size="xl"
      title={text.title(props.dataset.name)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <ImportForm {...props} />
    </Drawer>
  );
}

function ImportForm({ dataset, noun, onClose }: ImportDrawerProps) {
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<ImportMode>("replace");
  const [day, setDay] = useState("");
  const [note, setNote] = useState("");
  const queries = useQueryClient();
  const run = (chosen: File, isDryRun: boolean) => {
    const how = { mode, effective_from: mode === "snapshot" && day ? day : undefined, note };
    const wanted = { ...how, file: chosen, based_on: dataset.version, is_dry_run: isDryRun };
    // What was refused, or only tried, is another call when it is made again.
    return importEntries(noun, dataset.id, wanted, crypto.randomUUID());
  };
  const look = useMutation({ mutationFn: (chosen: File) => run(chosen, true) });
  const publish = useMutation({
    mutationFn: (chosen: File) => run(chosen, false),
    onSuccess: async ({ version }) => {
      await queries.invalidateQueries({ queryKey: datasetKeys.all(noun) });
      showDone(version === null ? text.unchanged : text.published(version));
      onClose();
    },
  });
  const found = look.data;
  const isReady = found?.error_count === 0 && (found.added > 0 || found.removed > 0 || dataset.version === 0);

  /** What was looked at is what is published: anything else has to be looked at first. */
  function forget() {
    look.reset();
    publish.reset();
  }

  return (
    <Stack gap="md">
      <Text size="sm">
        {text.hint([KEY, FROM, TO, ...dataset.columns.map((one) => one.name)].join(", "))}
      </Text>
      <FileInput
        size="xs"
        label={text.file}
        placeholder={text.choose}
        accept=".csv,.xlsx"
        leftSection={<IconUpload size={14} aria-hidden />}
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          forget();
        }}
      />
      <Select
        label={text.mode}
        description={text.modeHints[mode]}
        data={MODES.map((one) => ({ value: one, label: text.modes[one] }))}
        allowDeselect={false}
        value={mode}
        onChange={(next) => {
          setMode(MODES.find((one) => one === next) ?? "replace");
          forget();
        }}
      />
      {mode === "snapshot" && (
        <DateField
          label={text.day}
          value={day}
          onChange={(next) => {
            setDay(next);
            forget();
          }}
        />
      )}
      <TextInput
        label={text.note}
        placeholder={file?.name}
        maxLength={MAX_NOTE}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {look.isError && <ErrorState error={look.error} />}
      {found && <Result found={found} isFirst={dataset.version === 0} />}
      {publish.isError && <ErrorState error={publish.error} />}
      <Group justify="flex-end" gap="sm">
        <Button
          variant={isReady ? "default" : "filled"}
          disabled={!file}
          loading={look.isPending}
          onClick={() => file && look.mutate(file)}
        >
          {text.check}
        </Button>
        {isReady && file && (
          <Button loading={publish.isPending} onClick={() => publish.mutate(file)}>
            {text.publish}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Result({ found, isFirst }: { found: ImportOutcome; isFirst: boolean }) {
  if (found.error_count > 0) return <Faults found={found} />;
  const isSame = found.added === 0 && found.removed === 0 && !isFirst;
  const figures = ["rows", "added", "removed", "changed"] as const;
  return (
    <Panel title={text.result}>
      <Stack gap="sm" role="status">
        <Facts>
          {figures.map((name) => (
            <Fact key={name} name={text[name]}>
              <span className="or-number">{formatNumber(found[name])}</span>
            </Fact>
          ))}
        </Facts>
        {isSame && <Text c="dimmed">{text.nothing}</Text>}
      </Stack>
    </Panel>
  );
}

const faultColumns: Column<EntryFault>[] = [
  { key: "line", header: text.line, isNumber: true, cell: (one) => formatNumber(one.line) },
  { key: "column", header: text.column, cell: (one) => <span className="or-mono">{one.column}</span> },
  { key: "wrong", header: text.wrong, cell: (one) => one.message },
];

function Faults({ found }: { found: ImportOutcome }) {
  return (
    <Stack gap="sm">
      <Callout tone="failed" title={text.faults(found.error_count)} />
      {found.error_count > found.errors.length && (
        <Text size="sm" c="dimmed">
          {text.firstFaults(found.errors.length)}
        </Text>
      )}
      <DataTable
        label={text.faultsLabel}
        columns={faultColumns}
        rows={found.errors}
        rowKey={(one) => `${String(one.line)} ${one.column ?? ""} ${one.code} ${String(one.other_line)}`}
      />
    </Stack>
  );
}
