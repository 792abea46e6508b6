/** What goes into a field and what comes out of it, for a few rows. */
import { Loader, Stack, Table, Text } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import type { DryRunRow } from "./api";
import styles from "./editor.module.css";
import { editorMessages } from "./messages";
import { useSample } from "./useSample";

const text = editorMessages.fields;

export function SampleTable({ name, columns }: { name: string; columns: string[] }) {
  const { query, isPossible } = useSample();
  return (
    <Stack gap={4} aria-live="polite">
      <Text size="sm" fw={600}>
        {text.sample}
      </Text>
      {!isPossible && <Text c="dimmed">{text.sampleOff}</Text>}
      {isPossible && query.isPending && <Loader size="xs" aria-label={text.sampleWait} />}
      {isPossible && query.isError && <ErrorState error={query.error} />}
      {query.data && query.data.rows.length === 0 && <Text c="dimmed">{text.sampleNone}</Text>}
      {query.data && query.data.rows.length > 0 && (
        <Table.ScrollContainer minWidth={260} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={text.sample}>
            <Table.Thead>
              <Table.Tr>
                {columns.map((column) => (
                  <Table.Th key={column} scope="col">
                    {column}
                  </Table.Th>
                ))}
                <Table.Th scope="col">{text.sampleOut}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {query.data.rows.map((row) => (
                <Table.Tr key={row.number}>
                  {columns.map((column) => (
                    <Table.Td key={column} className={styles.code}>
                      {valueText(row.source[column])}
                    </Table.Td>
                  ))}
                  <Table.Td className={styles.code}>{outcomeOf(row, name)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

export function valueText(value: unknown): string {
  return value === null || value === undefined ? text.empty : String(value);
}

function outcomeOf(row: DryRunRow, name: string): string {
  const target = row.target?.find((one) => one.name === name);
  if (!target) return editorMessages.dryRun.outcomes[row.outcome];
  return target.is_masked ? `${valueText(target.value)} (${text.masked})` : valueText(target.value);
}
