/** Where the fields of a record of fixed width stand. */
import { Button, Group, NumberInput, Select, Table, TextInput } from "@mantine/core";
import { alignments, type FixedColumn, type FixedWidthOptions } from "./document";
import { useEditor } from "./EditorContext";
import type { FormatOptionsProps } from "./formatOptions";
import { LineFields } from "./LineFields";
import { editorMessages } from "./messages";
import { nextColumn } from "./outputFormat";
import { RemoveButton } from "./RemoveButton";

const text = editorMessages.output;

export function FixedWidthFields({ output, onChange }: FormatOptionsProps) {
  const fields = Object.keys(useEditor().document.fields);
  const options = output.fixed_width ?? { columns: [] };
  const { columns } = options;

  function set(changes: Partial<FixedWidthOptions>) {
    onChange({ ...output, fixed_width: { ...options, ...changes } });
  }

  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table aria-label={text.columns}>
          <Table.Thead>
            <Table.Tr>
              {Object.values(text.column).map((one) => (
                <Table.Th key={one} scope="col">
                  {one}
                </Table.Th>
              ))}
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map((column, index) => (
              <ColumnRow
                // Two places may hold the same field: a place has no identity but its position in the list.
                key={index}
                column={column}
                fields={fields}
                onChange={(changes) =>
                  set({
                    columns: columns.map((one, place) => (place === index ? { ...one, ...changes } : one)),
                  })
                }
                onRemove={() => set({ columns: columns.filter((_, place) => place !== index) })}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group align="flex-end">
        <Button
          variant="default"
          disabled={fields.length === 0}
          onClick={() => set({ columns: [...columns, nextColumn(columns, fields)] })}
        >
          {text.addColumn}
        </Button>
        <NumberInput
          label={text.recordLength}
          description={text.recordLengthHint}
          min={1}
          allowDecimal={false}
          hideControls
          value={options.record_length ?? ""}
          onChange={(value) => set({ record_length: typeof value === "number" ? value : undefined })}
        />
      </Group>
      <LineFields options={options} onChange={set} />
    </>
  );
}

interface ColumnRowProps {
  column: FixedColumn;
  fields: readonly string[];
  onChange: (changes: Partial<FixedColumn>) => void;
  onRemove: () => void;
}

function ColumnRow({ column, fields, onChange, onRemove }: ColumnRowProps) {
  const label = (name: keyof typeof text.column) => `${text.column[name]}: ${column.field}`;
  return (
    <Table.Tr>
      <Table.Td>
        <Select
          aria-label={label("field")}
          searchable
          data={[...new Set([...fields, column.field])]}
          value={column.field}
          onChange={(field) => field && onChange({ field })}
        />
      </Table.Td>
      {(["start", "length"] as const).map((name) => (
        <Table.Td key={name}>
          <NumberInput
            aria-label={label(name)}
            min={1}
            allowDecimal={false}
            hideControls
            value={column[name]}
            onChange={(value) => onChange({ [name]: typeof value === "number" ? value : 1 })}
          />
        </Table.Td>
      ))}
      <Table.Td>
        <Select
          aria-label={label("align")}
          data={alignments.map((one) => ({ value: one, label: text.alignments[one] }))}
          value={column.align ?? "left"}
          onChange={(value) => onChange({ align: alignments.find((one) => one === value) })}
        />
      </Table.Td>
      <Table.Td>
        <TextInput
          aria-label={label("padding")}
          maxLength={1}
          value={column.padding ?? " "}
          onChange={(event) => onChange({ padding: event.currentTarget.value || " " })}
        />
      </Table.Td>
      <Table.Td>
        <RemoveButton label={text.removeColumn(column.field)} onClick={onRemove} />
      </Table.Td>
    </Table.Tr>
  );
}
