/** What a file seems to be, to be confirmed: how it is written, its columns with types, and what bad rows come to. */
import { Autocomplete, Button, Group, List, Select, Stack, Text, TextInput } from "@mantine/core";
import { DataTable, Panel, type Column } from "@openreg/ui";
import { FixedPlace } from "./FixedPlace";
import { COLUMN_TYPES, needsZone, type FileColumn, type FileTable } from "./fileTables";
import { connectorMessages } from "./messages";

const text = connectorMessages.files;

interface TableEditorProps {
  table: FileTable;
  reasons: string[];
  isSaving: boolean;
  onChange: (table: FileTable) => void;
  onSave: () => void;
  onCancel: () => void;
}

export function TableEditor({ table, reasons, isSaving, onChange, onSave, onCancel }: TableEditorProps) {
  const change = (index: number, changes: Partial<FileColumn>) =>
    onChange({
      ...table,
      columns: table.columns.map((one, place) => (place === index ? { ...one, ...changes } : one)),
    });
  const zone = table.values?.["time_zone"];
  return (
    <Panel title={text.confirm(table.name)}>
      <Stack gap="md">
        {reasons.length > 0 && (
          <List size="sm" c="dimmed">
            {reasons.map((reason) => (
              <List.Item key={reason}>{reason}</List.Item>
            ))}
          </List>
        )}
        <DataTable
          label={text.columns}
          columns={columnsOf(change)}
          rows={table.columns.map((column, index) => ({ column, index }))}
          rowKey={(row) => String(row.index)}
        />
        {needsZone(table) && (
          <TextInput
            label={text.zone}
            description={text.zoneHint}
            withAsterisk
            value={typeof zone === "string" ? zone : ""}
            onChange={(event) =>
              onChange({ ...table, values: { ...table.values, time_zone: event.currentTarget.value } })
            }
          />
        )}
        <Select
          label={text.onBadRow}
          data={[
            { value: "quarantine", label: text.quarantine },
            { value: "stop", label: text.stop },
          ]}
          allowDeselect={false}
          value={table.on_bad_row ?? "stop"}
          onChange={(next) => next && onChange({ ...table, on_bad_row: next })}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            {text.cancel}
          </Button>
          <Button onClick={onSave} loading={isSaving}>
            {text.saveTable}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

interface Row {
  column: FileColumn;
  index: number;
}

function columnsOf(change: (index: number, changes: Partial<FileColumn>) => void): Column<Row>[] {
  return [
    {
      key: "source",
      header: text.inFile,
      cell: ({ column, index }) =>
        column.width === undefined ? (
          <span className="or-mono">{column.source ?? column.position ?? column.name}</span>
        ) : (
          <FixedPlace column={column} onChange={(changes) => change(index, changes)} />
        ),
    },
    {
      key: "name",
      header: text.name,
      cell: ({ column, index }) => (
        <TextInput
          aria-label={text.nameOf(column.name)}
          value={column.name}
          onChange={(event) => change(index, { name: event.currentTarget.value })}
        />
      ),
    },
    {
      key: "type",
      header: text.type,
      cell: ({ column, index }) => (
        <Autocomplete
          aria-label={text.typeOf(column.name)}
          data={COLUMN_TYPES}
          value={column.type}
          onChange={(type) => change(index, { type })}
        />
      ),
    },
    {
      key: "why",
      header: text.why,
      cell: ({ column }) => (
        <>
          <span className="or-mono">{column.samples?.join(", ")}</span>
          {column.reason && (
            <Text size="sm" c="dimmed">
              {column.reason}
            </Text>
          )}
        </>
      ),
    },
  ];
}
