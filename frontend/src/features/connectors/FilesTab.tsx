/** The files of a connector: sent, looked at, declared as tables, removed. */
import { Button, FileInput, Group, Progress, Stack, Text, TextInput } from "@mantine/core";
import {
  DataTable,
  ErrorState,
  formatBytes,
  Moment,
  Panel,
  showDone,
  showProblem,
  type Column,
} from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeConnector, connectorKeys, type Connector } from "./api";
import { suggestedTable, tablesOf, withoutTable, withTable, type FileTable } from "./fileTables";
import { connectorMessages } from "./messages";
import {
  detectFile,
  removeSourceFile,
  sourceFilesQuery,
  uploadFile,
  uploadsQuery,
  type SourceFile,
} from "./sourceFiles";
import { TableEditor } from "./TableEditor";

const text = connectorMessages.files;
const TABLE_NAME = /^[a-z_][a-z0-9_]*$/;

interface Draft {
  table: FileTable;
  reasons: string[];
}

export function FilesTab({ stored }: { stored: Tagged<Connector> }) {
  const { body: connector, etag } = stored;
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(null);
  const tables = tablesOf(connector.settings);
  const refresh = () => queries.invalidateQueries({ queryKey: connectorKeys.all });

  const look = useMutation({
    mutationFn: async (file: SourceFile) => ({ file, found: await detectFile(connector.id, file.id) }),
    onSuccess: ({ file, found }) => {
      const before = tables.find((one) => one.name === file.table);
      setDraft({ table: suggestedTable(file.table, found, before), reasons: found.reasons });
    },
    onError: showProblem,
  });
  const save = useMutation({
    mutationFn: (settings: Record<string, unknown>) => changeConnector(connector.id, { settings }, etag),
    onSuccess: async () => {
      setDraft(null);
      showDone(text.saved);
      await refresh();
    },
    onError: showProblem,
  });

  return (
    <Stack gap="lg" pt="sm">
      <Uploader
        connectorId={connector.id}
        onDone={async (file) => {
          await refresh();
          look.mutate(file);
        }}
      />
      {draft && (
        <TableEditor
          {...draft}
          isSaving={save.isPending}
          onChange={(table) => setDraft({ ...draft, table })}
          onSave={() => save.mutate(withTable(connector.settings, draft.table))}
          onCancel={() => setDraft(null)}
        />
      )}
      <Tables
        tables={tables}
        onEdit={(table) => setDraft({ table, reasons: [] })}
        onRemove={(name) => save.mutate(withoutTable(connector.settings, name))}
      />
      <Files connectorId={connector.id} onLook={(file) => look.mutate(file)} />
    </Stack>
  );
}

function Uploader({
  connectorId,
  onDone,
}: {
  connectorId: string;
  onDone: (file: SourceFile) => Promise<void>;
}) {
  const [table, setTable] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [stop, setStop] = useState(() => new AbortController());
  const queries = useQueryClient();
  const stopped = useQuery(uploadsQuery(connectorId)).data?.items ?? [];
  const upload = useMutation({
    mutationFn: (chosen: File) => {
      const fresh = new AbortController();
      setStop(fresh);
      return uploadFile({
        connectorId,
        table,
        file: chosen,
        signal: fresh.signal,
        onProgress: setSent,
      });
    },
    onSuccess: async (made) => {
      setFile(null);
      await onDone(made);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: uploadsQuery(connectorId).queryKey }),
  });
  const isPaused = upload.isError && stop.signal.aborted;
  return (
    <Panel title={text.upload}>
      <Stack gap="sm">
        <Text c="dimmed">{text.uploadHint}</Text>
        <TextInput
          label={text.table}
          description={text.tableHint}
          value={table}
          error={table !== "" && !TABLE_NAME.test(table) ? text.tableWrong : undefined}
          onChange={(event) => setTable(event.currentTarget.value)}
        />
        <FileInput label={text.file} clearable value={file} onChange={setFile} />
        {file && (upload.isPending || isPaused) && (
          <Progress value={file.size ? (100 * sent) / file.size : 100} aria-label={text.progress} />
        )}
        {upload.isError && !isPaused && <ErrorState error={upload.error} />}
        {stopped.length > 0 && !upload.isPending && (
          <Text size="sm">
            {stopped.map((one) => text.stopped(one.name, one.table, one.offset, one.size_bytes)).join(" ")}
          </Text>
        )}
        <Group justify="flex-end" gap="sm">
          {upload.isPending && (
            <Button variant="default" onClick={() => stop.abort()}>
              {text.pause}
            </Button>
          )}
          <Button
            disabled={!file || !TABLE_NAME.test(table)}
            loading={upload.isPending}
            onClick={() => file && upload.mutate(file)}
          >
            {isPaused ? text.goOn : text.send}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

interface TablesProps {
  tables: FileTable[];
  onEdit: (table: FileTable) => void;
  onRemove: (name: string) => void;
}

function Tables({ tables, onEdit, onRemove }: TablesProps) {
  const columns: Column<FileTable>[] = [
    { key: "name", header: text.table, cell: (one) => <span className="or-mono">files.{one.name}</span> },
    { key: "format", header: text.format, cell: (one) => String(one.file["format"]) },
    {
      key: "columns",
      header: text.columns,
      cell: (one) => one.columns.map((column) => column.name).join(", "),
    },
    {
      key: "actions",
      header: text.actions,
      cell: (one) => (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => onEdit(one)}>
            {text.edit}
          </Button>
          <Button size="xs" variant="default" onClick={() => onRemove(one.name)}>
            {text.remove}
          </Button>
        </Group>
      ),
    },
  ];
  return (
    <Panel title={text.tables}>
      {tables.length === 0 ? (
        <Text c="dimmed">{text.noTables}</Text>
      ) : (
        <DataTable label={text.tables} columns={columns} rows={tables} rowKey={(one) => one.name} />
      )}
    </Panel>
  );
}

function Files({ connectorId, onLook }: { connectorId: string; onLook: (file: SourceFile) => void }) {
  const queries = useQueryClient();
  const query = useQuery(sourceFilesQuery(connectorId));
  const remove = useMutation({
    mutationFn: (file: SourceFile) => removeSourceFile(connectorId, file.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: sourceFilesQuery(connectorId).queryKey }),
    onError: showProblem,
  });
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const columns: Column<SourceFile>[] = [
    { key: "name", header: text.file, cell: (one) => <span className="or-mono">{one.name}</span> },
    { key: "table", header: text.table, cell: (one) => <span className="or-mono">{one.table}</span> },
    { key: "size", header: text.size, cell: (one) => formatBytes(one.size_bytes) },
    {
      key: "at",
      header: text.uploaded,
      cell: (one) => (one.completed_at ? <Moment at={one.completed_at} /> : null),
    },
    {
      key: "actions",
      header: text.actions,
      cell: (one) => (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => onLook(one)}>
            {text.look}
          </Button>
          <Button size="xs" variant="default" onClick={() => remove.mutate(one)}>
            {text.remove}
          </Button>
        </Group>
      ),
    },
  ];
  return (
    <Panel title={text.files}>
      <DataTable label={text.files} columns={columns} rows={query.data?.items} rowKey={(one) => one.id} />
    </Panel>
  );
}
