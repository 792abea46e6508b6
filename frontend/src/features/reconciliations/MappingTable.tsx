/** The columns of an extract: what stands in them, and which field each one is. */
import { Checkbox, Select, Table, Text, TextInput } from "@mantine/core";
import type { ExtractPreview } from "./api";
import { withField, type ColumnDraft, type MappingDraft } from "./mapping";
import { reconciliationMessages } from "./messages";

const text = reconciliationMessages.form;
const SAMPLES = 2;

interface MappingTableProps {
  preview: ExtractPreview;
  draft: MappingDraft;
  onChange: (draft: MappingDraft) => void;
}

export function MappingTable({ preview, draft, onChange }: MappingTableProps) {
  const choices = preview.fields.map((field) => ({ value: field.name, label: field.title }));
  const kinds = new Map(preview.fields.map((field) => [field.name, field.kind]));
  const put = (place: number, changed: ColumnDraft) =>
    onChange({ ...draft, columns: draft.columns.map((one, at) => (at === place ? changed : one)) });
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table aria-label={text.mapping} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.column}</Table.Th>
            <Table.Th>{text.sample}</Table.Th>
            <Table.Th>{text.field}</Table.Th>
            <Table.Th>{text.isKey}</Table.Th>
            <Table.Th>{text.format}</Table.Th>
            <Table.Th>{text.ignoreCase}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {draft.columns.map((one, place) => {
            const kind = one.field === null ? undefined : kinds.get(one.field);
            return (
              <Table.Tr key={one.column}>
                <Table.Td>{one.column}</Table.Td>
                <Table.Td>
                  <Text size="sm" c="dimmed" lineClamp={1} maw={200}>
                    {sampleOf(preview, place)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={text.fieldOf(one.column)}
                    placeholder={text.notCompared}
                    data={choices}
                    searchable
                    clearable
                    limit={60}
                    miw={220}
                    value={one.field}
                    onChange={(field) => put(place, withField(one, field, preview.fields))}
                  />
                </Table.Td>
                <Table.Td>
                  <Checkbox
                    aria-label={text.keyOf(one.column)}
                    disabled={one.field === null}
                    checked={one.isKey}
                    onChange={(event) => put(place, { ...one, isKey: event.currentTarget.checked })}
                  />
                </Table.Td>
                <Table.Td>
                  {(kind === "date" || kind === "timestamp") && (
                    <TextInput
                      aria-label={text.formatOf(one.column)}
                      placeholder={text.formatHint}
                      w={150}
                      value={one.format}
                      onChange={(event) => put(place, { ...one, format: event.currentTarget.value })}
                    />
                  )}
                </Table.Td>
                <Table.Td>
                  {kind === "text" && (
                    <Checkbox
                      aria-label={text.caseOf(one.column)}
                      checked={one.ignoreCase}
                      onChange={(event) => put(place, { ...one, ignoreCase: event.currentTarget.checked })}
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function sampleOf(preview: ExtractPreview, place: number): string {
  return preview.rows
    .slice(0, SAMPLES)
    .map((row) => row[place] ?? "")
    .filter(Boolean)
    .join(" · ");
}
