/** One row: source, findings, target fields, record. */
import { Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { DryRunRow } from "./api";
import styles from "./editor.module.css";
import { eligibilityMessages } from "./eligibilityMessages";
import { Findings } from "./Findings";
import { editorMessages } from "./messages";
import { valueText } from "./SampleTable";

const text = editorMessages.dryRun;

export function DryRunRowView({ row }: { row: DryRunRow }) {
  return (
    <Stack gap="lg">
      {row.decision && (
        <section>
          <Title order={3}>{text.decision}</Title>
          <Text>
            <span className="or-mono">{row.decision.code}</span>{" "}
            {eligibilityMessages.decisions[row.decision.decision]}: {row.decision.reason}
          </Text>
        </section>
      )}
      <section>
        <Title order={3}>{text.findings}</Title>
        <Findings findings={row.findings} />
      </section>
      <div className={styles.trial}>
        <Values
          title={text.source}
          head={text.column}
          rows={Object.entries(row.source).map(([name, value]) => ({
            name,
            value,
            places: [],
            isMasked: false,
          }))}
        />
        {row.target && (
          <Values
            title={text.target}
            head={text.field}
            rows={row.target.map(({ name, value, xpaths, is_masked }) => ({
              name,
              value,
              places: xpaths,
              isMasked: is_masked,
            }))}
          />
        )}
      </div>
      <section>
        <Title order={3}>{text.record}</Title>
        {row.records.length === 0 && <Text c="dimmed">{text.noRecord}</Text>}
        {row.records.map((record) => (
          // A region that scrolls must be reachable by the keyboard.
          <pre
            key={record.format}
            className={styles.record}
            role="region"
            aria-label={`${text.record} ${record.format}`}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it
            tabIndex={0}
          >
            {record.text}
          </pre>
        ))}
      </section>
    </Stack>
  );
}

interface ShownValue {
  name: string;
  value: unknown;
  places: string[];
  isMasked: boolean;
}

function Values({ title, head, rows }: { title: string; head: string; rows: ShownValue[] }) {
  const [isFilledOnly, setIsFilledOnly] = useState(true);
  const shown = isFilledOnly ? rows.filter((row) => row.value !== null) : rows;
  return (
    <section>
      <Title order={3} pb="xs">
        {title}
      </Title>
      <Switch
        label={text.onlyFilled}
        checked={isFilledOnly}
        onChange={(event) => setIsFilledOnly(event.currentTarget.checked)}
      />
      <Table aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{head}</Table.Th>
            <Table.Th scope="col">{text.value}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Th scope="row" className={styles.code} title={row.places.join("\n") || undefined}>
                {row.name}
              </Table.Th>
              <Table.Td className={styles.code}>
                {valueText(row.value)}
                {row.isMasked && ` (${editorMessages.fields.masked})`}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
