/** Editing entries as in a spreadsheet: change, add, remove, paste; everything is published as one version. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { Callout, ConfirmDialog, DataTable, ErrorState, showDone, type Column } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState, type ClipboardEvent } from "react";
import { datasetKeys, editEntries, type Dataset, type Entry, type Noun } from "./api";
import {
  cellsOf,
  editsOf,
  emptyRow,
  faultsByRow,
  FROM,
  isChanged,
  KEY,
  ownFaults,
  pasted,
  rowOf,
  TO,
  type GridRow,
  type RowFaults,
} from "./grid";
import { datasetMessages } from "./messages";

const text = datasetMessages.grid;

interface EntryGridProps {
  dataset: Dataset;
  noun: Noun;
  entries: Entry[];
  onDone: () => void;
}

export function EntryGrid({ dataset, noun, entries, onDone }: EntryGridProps) {
  const [rows, setRows] = useState<GridRow[]>(() =>
    entries.length > 0 ? entries.map(rowOf) : [emptyRow(0)],
  );
  const [note, setNote] = useState("");
  const [next, setNext] = useState(1);
  const [faults, setFaults] = useState<Record<string, RowFaults>>({});
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const names = dataset.columns.map((column) => column.name);
  const order = [KEY, ...names, FROM, TO];
  const changes = rows.filter(isChanged).length;

  const save = useMutation({
    mutationFn: () => {
      const { edits } = editsOf(rows, names);
      return editEntries(noun, dataset.id, { edits, note, based_on: dataset.version }, key);
    },
    onSuccess: async (outcome) => {
      showDone(text.published(outcome.version));
      setRows([]);
      await queries.invalidateQueries({ queryKey: datasetKeys.all(noun) });
      onDone();
    },
    onError: (error) => {
      // A refused call is another one when it is made again.
      setKey(crypto.randomUUID());
      if (isProblem(error)) setFaults(faultsByRow(editsOf(rows, names).rows, error.places));
    },
  });

  function change(id: string, cells: Record<string, string>) {
    setRows(rows.map((row) => (row.id === id ? { ...row, cells: { ...row.cells, ...cells } } : row)));
  }

  function toggle(row: GridRow) {
    setRows(
      row.stored === null
        ? rows.filter((one) => one.id !== row.id)
        : rows.map((one) => (one.id === row.id ? { ...one, isRemoved: !one.isRemoved } : one)),
    );
  }

  function add() {
    setRows([...rows, emptyRow(next)]);
    setNext(next + 1);
  }

  function paste(event: ClipboardEvent, rowId: string, column: string) {
    const cells = cellsOf(event.clipboardData.getData("text/plain"));
    // One cell is pasted by the browser, into the text where the cursor is.
    if (cells.length <= 1 && (cells[0]?.length ?? 0) <= 1) return;
    event.preventDefault();
    setRows(pasted({ rows, columns: order, rowId, column, cells, nextNumber: next }));
    setNext(next + cells.length);
  }

  function publish() {
    const found = Object.fromEntries(
      rows
        .filter((row) => isChanged(row) && !row.isRemoved)
        .map((row) => [row.id, ownFaults(row, text)] as const)
        .filter(([, wrong]) => Object.keys(wrong).length > 0),
    );
    setFaults(found);
    if (Object.keys(found).length === 0) save.mutate();
  }

  const columns = gridColumns(dataset, { rows, faults, change, toggle, paste });
  const faultCount = Object.values(faults).reduce((sum, one) => sum + Object.keys(one).length, 0);
  return (
    <Stack gap="sm">
      <LeaveGuard isUnsaved={changes > 0 && !save.isSuccess} />
      <Text c="dimmed">{text.pasteHint}</Text>
      {faultCount > 0 && (
        <Callout tone="failed" title={text.faults(faultCount)}>
          {text.faultsHint}
        </Callout>
      )}
      {save.isError && faultCount === 0 && <ErrorState error={save.error} />}
      <DataTable
        label={datasetMessages.entries.label}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
      />
      <Group justify="space-between" gap="sm" align="flex-end">
        <Button variant="default" onClick={add}>
          {text.add}
        </Button>
        <Group gap="sm" align="flex-end">
          <TextInput
            label={text.note}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Button variant="default" onClick={onDone}>
            {text.cancel}
          </Button>
          <Button disabled={changes === 0} loading={save.isPending} onClick={publish}>
            {text.save(changes)}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

interface Grid {
  rows: GridRow[];
  faults: Record<string, RowFaults>;
  change: (id: string, cells: Record<string, string>) => void;
  toggle: (row: GridRow) => void;
  paste: (event: ClipboardEvent, rowId: string, column: string) => void;
}

function gridColumns(dataset: Dataset, grid: Grid): Column<GridRow>[] {
  const words = datasetMessages.entries;
  const named: [string, string][] = [
    [KEY, words.key],
    ...dataset.columns.map((column): [string, string] => [column.name, column.title || column.name]),
    [FROM, words.from],
    [TO, words.to],
  ];
  const cells = named.map(([name, header]): Column<GridRow> => ({
    key: name,
    header,
    cell: (row) => (
      <TextInput
        size="xs"
        aria-label={text.cell(header, grid.rows.indexOf(row) + 1)}
        placeholder={name === FROM || name === TO ? text.dayForm : undefined}
        value={row.cells[name] ?? ""}
        disabled={row.isRemoved}
        error={grid.faults[row.id]?.[name] ?? (name === KEY ? grid.faults[row.id]?.[""] : undefined)}
        onChange={(event) => grid.change(row.id, { [name]: event.currentTarget.value })}
        onPaste={(event) => grid.paste(event, row.id, name)}
      />
    ),
  }));
  const actions: Column<GridRow> = {
    key: "actions",
    header: text.actions,
    cell: (row) => {
      const label = row.isRemoved ? text.restore(row.cells[KEY] ?? "") : text.remove(row.cells[KEY] ?? "");
      return (
        <Button size="xs" variant="default" aria-label={label} onClick={() => grid.toggle(row)}>
          {row.isRemoved ? text.keepAction : text.removeAction}
        </Button>
      );
    },
  };
  return [...cells, actions];
}

function LeaveGuard({ isUnsaved }: { isUnsaved: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: () => isUnsaved,
    enableBeforeUnload: () => isUnsaved,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      isOpen={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={text.leaveTitle}
      action={text.leaveAction}
      isDangerous
      onConfirm={() => {
        blocker.proceed?.();
        return Promise.resolve();
      }}
    >
      {text.leave}
    </ConfirmDialog>
  );
}
