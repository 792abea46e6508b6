/** What came back from a tried call: status, time, headers worth knowing, content as text. */
import { Group, Stack, Table, Text } from "@mantine/core";
import { formatBytes, JsonView, Panel, StatusBadge } from "@openreg/ui";
import type { TriedAnswer } from "./api";
import styles from "./code.module.css";
import { referenceMessages as text } from "./messages";

export function AnswerView({ answer }: { answer: TriedAnswer }) {
  const tone = answer.status < 400 ? "success" : "failed";
  return (
    <Panel
      title={text.answer}
      aside={
        <Group gap="sm" role="status">
          <StatusBadge tone={tone}>{text.status(answer.status, answer.words)}</StatusBadge>
          <Text size="sm" className="or-number">
            {text.took(answer.milliseconds)}
          </Text>
        </Group>
      }
    >
      <Stack gap="md">
        <Content answer={answer} />
        <Table aria-label={text.headers}>
          <Table.Tbody>
            {answer.headers.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400} className="or-mono">
                  {name}
                </Table.Th>
                <Table.Td className="or-mono">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Panel>
  );
}

function Content({ answer }: { answer: TriedAnswer }) {
  if (answer.text === undefined)
    return <Text>{text.notShown(answer.contentType, formatBytes(answer.size))}</Text>;
  const value = jsonOf(answer);
  return (
    <>
      {answer.isCut && <Text c="dimmed">{text.cut}</Text>}
      {value === undefined ? (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it
        <pre className={styles.code} tabIndex={0} role="region" aria-label={text.content}>
          {answer.text}
        </pre>
      ) : (
        <JsonView value={value} label={text.content} />
      )}
    </>
  );
}

function jsonOf(answer: TriedAnswer): unknown {
  if (!answer.contentType.includes("json") || answer.isCut) return undefined;
  try {
    return JSON.parse(answer.text ?? "") as unknown;
  } catch {
    return undefined;
  }
}
