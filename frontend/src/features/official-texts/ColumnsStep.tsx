/** Which column of the file says what; what headers seem to say is chosen already. */
import { Button, Checkbox, Group, NumberInput, Select, Stack } from "@mantine/core";
import { DataTable, ErrorState, Panel, type Column } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { importList, listParts, readList, type Columns, type ImportOutcome, type ListFile } from "./api";
import { bringMessages } from "./messages";
import styles from "./official.module.css";
import { importOf, isMapped, mappingOf, type Chosen, type Mapping } from "./wizard";

const text = bringMessages.columns;
const DAY_ORDERS = ["day_first", "month_first"] as const;
const SHOWN_COLUMNS = 12;

interface ColumnsStepProps {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  onBack: () => void;
  onTried: (outcome: ImportOutcome) => void;
}

export function ColumnsStep({ chosen, onChange, onBack, onTried }: ColumnsStepProps) {
  const { file, shape, mapping } = chosen;
  const attempt = useMutation({
    mutationFn: () => importList(file, importOf(chosen, new Map(), null), true, crypto.randomUUID()),
    onSuccess: onTried,
  });
  const another = useMutation({
    mutationFn: (sheet: string) => readList(file, sheet),
    onSuccess: (found, sheet) => onChange({ ...chosen, shape: found, mapping: mappingOf(found, sheet) }),
  });
  const set = (changes: Partial<Mapping>) => onChange({ ...chosen, mapping: { ...mapping, ...changes } });
  const failed = attempt.error ?? another.error;
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        <div className={styles.columns}>
          {shape.sheets.length > 1 && (
            <Select
              label={text.sheet}
              allowDeselect={false}
              data={shape.sheets}
              value={mapping.sheet}
              onChange={(sheet) => sheet && another.mutate(sheet)}
            />
          )}
          <NumberInput
            label={text.header}
            description={text.headerHint}
            min={0}
            allowDecimal={false}
            value={mapping.headerLine}
            onChange={(line) => set({ headerLine: typeof line === "number" ? line : 0 })}
          />
        </div>
        <Parts shape={shape} mapping={mapping} onChange={(columns) => set({ columns })} />
        <Group gap="lg" align="flex-end">
          {(mapping.columns.valid_from ?? mapping.columns.valid_to) !== undefined && (
            <Select
              label={text.dayOrder}
              allowDeselect={false}
              data={DAY_ORDERS.map((one) => ({ value: one, label: text.dayOrders[one] }))}
              value={mapping.dayOrder}
              onChange={(order) => set({ dayOrder: order ?? "day_first" })}
            />
          )}
          <Checkbox
            label={text.headings}
            checked={mapping.leavesOutHeadings}
            onChange={(event) => set({ leavesOutHeadings: event.currentTarget.checked })}
          />
        </Group>
        <Preview shape={shape} />
        {failed && <ErrorState error={failed} />}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {bringMessages.back}
          </Button>
          <Button
            loading={attempt.isPending}
            disabled={!isMapped(mapping.columns) || another.isPending}
            onClick={() => attempt.mutate()}
          >
            {text.action}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

interface PartsProps {
  shape: ListFile;
  mapping: Mapping;
  onChange: (columns: Columns) => void;
}

function Parts({ shape, mapping, onChange }: PartsProps) {
  const headers = shape.rows.find((row) => row.line === mapping.headerLine)?.cells ?? [];
  const places = Array.from({ length: widthOf(shape) }, (_, place) => ({
    value: String(place),
    label: text.column(place + 1, (headers[place] ?? "").slice(0, 60)),
  }));
  return (
    <div className={styles.columns}>
      {listParts.map((part) => (
        <Select
          key={part}
          label={text.parts[part]}
          required={part === "code" || part === "text"}
          clearable
          searchable
          placeholder={text.notThere}
          data={places}
          value={mapping.columns[part] === undefined ? null : String(mapping.columns[part])}
          onChange={(place) => {
            const others = Object.entries(mapping.columns).filter(([name]) => name !== part);
            onChange(Object.fromEntries(place === null ? others : [...others, [part, Number(place)]]));
          }}
        />
      ))}
    </div>
  );
}

function Preview({ shape }: { shape: ListFile }) {
  const places = Array.from({ length: Math.min(SHOWN_COLUMNS, widthOf(shape)) }, (_, place) => place);
  const columns: Column<ListFile["rows"][number]>[] = [
    { key: "line", header: text.line, isNumber: true, cell: (row) => row.line },
    ...places.map((place) => ({
      key: String(place),
      header: text.column(place + 1, ""),
      cell: (row: ListFile["rows"][number]) => (row.cells[place] ?? "").slice(0, 120),
    })),
  ];
  return (
    <DataTable
      label={text.preview}
      columns={columns}
      rows={shape.rows.slice(0, 8)}
      rowKey={(row) => String(row.line)}
    />
  );
}

const widthOf = (shape: ListFile) => Math.max(0, ...shape.rows.map((row) => row.cells.length));
