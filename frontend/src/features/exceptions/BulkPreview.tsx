/** Record by record: what would change, and what would still be wrong. */
import { Stack, Table, Text } from "@mantine/core";
import type { AmendedRecord, ListedException } from "./api";
import { bulkMessages } from "./bulkMessages";
import { nameOf } from "./exceptionColumns";
import styles from "./exceptions.module.css";
import { Change } from "./RecordValue";

const text = bulkMessages.amendDialog;

interface BulkPreviewProps {
  records: AmendedRecord[];
  chosen: ListedException[];
}

export function BulkPreview({ records, chosen }: BulkPreviewProps) {
  const changed = records.filter((one) => one.changes.length > 0);
  const passing = changed.filter((one) => one.findings_after.length === 0);
  return (
    <Stack gap="sm">
      <Text role="status">{text.summary(changed.length, passing.length)}</Text>
      <Table.ScrollContainer
        minWidth={520}
        mah={360}
        className={styles.preview}
        scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      >
        <Table aria-label={text.shown}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{text.record}</Table.Th>
              <Table.Th scope="col">{text.change}</Table.Th>
              <Table.Th scope="col">{text.findings}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {records.map((one) => (
              <Row key={one.id} record={one} name={nameFor(one, chosen)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function nameFor(record: AmendedRecord, chosen: ListedException[]): string {
  const listed = chosen.find((one) => one.id === record.id);
  return listed ? nameOf(listed) : record.id;
}

function Row({ record, name }: { record: AmendedRecord; name: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400} className="or-mono">
        {name}
      </Table.Th>
      <Table.Td>
        {record.changes.length === 0 && <Text c="dimmed">{text.unchanged}</Text>}
        {record.changes.map((one) => (
          <div key={`${one.frame} ${one.column}`}>
            <span className="or-mono">{one.column}</span> <Change before={one.old} after={one.new} />
          </div>
        ))}
      </Table.Td>
      <Table.Td>
        {record.findings_after.length === 0 ? (
          <Text c="dimmed">{text.passes}</Text>
        ) : (
          record.findings_after.map((one) => (
            <div key={`${one.rule_id} ${one.message}`}>
              <span className="or-mono">{one.rule_id}</span> {one.message}
            </div>
          ))
        )}
      </Table.Td>
    </Table.Tr>
  );
}
