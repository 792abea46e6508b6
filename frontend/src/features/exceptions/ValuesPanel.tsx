/** The row of the source beside the record that is made from it. */
import { SegmentedControl, Table, Text } from "@mantine/core";
import { Panel } from "@openreg/ui";
import { useState } from "react";
import type { ExceptionDetail, RecordValueAnswer } from "./api";
import { involvedColumns } from "./columns";
import { detailMessages } from "./detailMessages";
import styles from "./exceptions.module.css";
import { Change, RecordValue } from "./RecordValue";

const text = detailMessages.values;
const SHOWN = ["involved", "filled", "all"] as const;
type Shown = (typeof SHOWN)[number];

export function ValuesPanel({ found }: { found: ExceptionDetail }) {
  const [shown, setShown] = useState<Shown>("involved");
  const involved = involvedColumns(found);
  const isMasked = [...found.source, ...found.target].some((one) => one.is_masked);
  return (
    <Panel
      title={text.title}
      aside={
        <SegmentedControl
          aria-label={text.show}
          data={SHOWN.map((value) => ({ value, label: text[value] }))}
          value={shown}
          onChange={(value) => setShown(SHOWN.find((one) => one === value) ?? "involved")}
        />
      }
    >
      {isMasked && (
        <Text size="sm" c="dimmed" pb="sm">
          {text.masked}
        </Text>
      )}
      <div className={styles.sides}>
        <Values
          title={text.source}
          head={text.column}
          values={found.source.filter((one) => isShown(one, shown, involved.source))}
        />
        <Values
          title={text.target}
          head={text.field}
          values={found.target.filter((one) => isShown(one, shown, involved.target))}
        />
      </div>
    </Panel>
  );
}

function isShown(one: RecordValueAnswer, shown: Shown, involved: ReadonlySet<string>): boolean {
  if (shown === "involved") return involved.has(one.column);
  return shown === "all" || one.value !== null || one.current !== null;
}

function Values({ title, head, values }: { title: string; head: string; values: RecordValueAnswer[] }) {
  if (values.length === 0) {
    return (
      <section>
        <Text fw={600}>{title}</Text>
        <Text c="dimmed">{text.none}</Text>
      </section>
    );
  }
  return (
    <Table.ScrollContainer minWidth={240} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={title} captionSide="top">
        <Table.Caption className={styles.caption}>{title}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{head}</Table.Th>
            <Table.Th scope="col">{text.value}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {values.map((one) => (
            <Table.Tr key={one.column}>
              <Table.Th scope="row" fw={400}>
                <span className="or-mono">{one.column}</span>
                {one.field_name && (
                  <Text size="xs" c="dimmed">
                    {one.field_number} {one.field_name}
                  </Text>
                )}
              </Table.Th>
              <Table.Td>
                {one.value === one.current ? (
                  <RecordValue value={one.current} isMasked={one.is_masked} />
                ) : (
                  <Change before={one.value} after={one.current} isMasked={one.is_masked} />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
