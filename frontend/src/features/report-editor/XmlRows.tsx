/** Everything that is mapped, with what is wrong at its place. */
import { Select, Table, Text, TextInput } from "@mantine/core";
import { showDone } from "@openreg/ui";
import type { Fault } from "./api";
import type { XmlOptions } from "./document";
import { useEditor } from "./EditorContext";
import { faultText } from "./places";
import { RemoveButton } from "./RemoveButton";
import { rowKey, withoutRow, withValue, type MappingRow } from "./xmlMapping";
import { xmlMessages as text } from "./xmlMessages";
import styles from "./xml.module.css";

interface XmlRowsProps {
  xml: XmlOptions;
  rows: readonly MappingRow[];
  faults: ReadonlyMap<string, Fault[]>;
  onChange: (xml: XmlOptions) => void;
}

export function XmlRows({ xml, rows, faults, onChange }: XmlRowsProps) {
  const fields = Object.keys(useEditor().document.fields);
  if (rows.length === 0) return <Text c="dimmed">{text.none}</Text>;

  function remove(row: MappingRow) {
    onChange(withoutRow(xml, row));
    showDone(text.removed(row.path));
  }

  return (
    <Table.ScrollContainer minWidth={520}>
      <Table aria-label={text.rows}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.element}</Table.Th>
            <Table.Th scope="col">{text.kind}</Table.Th>
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              <Table.Th scope="row" className={styles.path}>
                {row.path}
              </Table.Th>
              <Table.Td>
                <RowValue
                  row={row}
                  fields={fields}
                  error={faults.get(rowKey(row))?.map(faultText).join(" ")}
                  onChange={(value) => onChange(withValue(xml, row.kind, row.path, value))}
                />
              </Table.Td>
              <Table.Td>
                <RemoveButton label={text.remove(row.path)} onClick={() => remove(row)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowValueProps {
  row: MappingRow;
  fields: readonly string[];
  error: string | undefined;
  onChange: (value: string) => void;
}

function RowValue({ row, fields, error, onChange }: RowValueProps) {
  const label = text.valueOf(row.path);
  return row.kind === "field" ? (
    <Select
      aria-label={label}
      searchable
      data={[...new Set([...fields, row.value])]}
      value={row.value}
      error={error}
      onChange={(field) => field && onChange(field)}
    />
  ) : (
    <TextInput
      aria-label={label}
      maxLength={2000}
      value={row.value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
