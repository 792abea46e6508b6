/** The words of a file for states, and what each of them means. */
import { ActionIcon, Button, Group, Select, Table, Text, TextInput } from "@mantine/core";
import { Callout } from "@openreg/ui";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { meanings, withWords, type FormatDraft, type Meaning } from "./format";
import { formatMessages as text } from "./messages";

interface WordsTableProps {
  draft: FormatDraft;
  unknown: readonly string[];
  onChange: (draft: FormatDraft) => void;
}

export function WordsTable({ draft, unknown, onChange }: WordsTableProps) {
  const words = draft.meanings;
  const set = (changed: Meaning[]) => onChange({ ...draft, meanings: changed });
  return (
    <>
      <Text c="dimmed">{text.statesHint}</Text>
      {words.length > 0 && (
        <Table aria-label={text.states} maw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{text.word}</Table.Th>
              <Table.Th scope="col">{text.means}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {words.map((one, index) => (
              <WordRow
                // Words change while they are typed: a row is known by its place.
                key={index}
                number={index + 1}
                meaning={one}
                onChange={(changed) => set(words.map((other, place) => (place === index ? changed : other)))}
                onRemove={() => set(words.filter((_, place) => place !== index))}
              />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {unknown.length > 0 && (
        <Callout tone="warning" title={text.unknownWords(unknown.join(", "))}>
          <Button variant="default" mt="xs" onClick={() => onChange(withWords(draft, unknown))}>
            {text.takeWords(unknown.length)}
          </Button>
        </Callout>
      )}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => set([...words, { word: "", state: "accepted" }])}
        >
          {text.addWord}
        </Button>
      </Group>
    </>
  );
}

interface WordRowProps {
  number: number;
  meaning: Meaning;
  onChange: (meaning: Meaning) => void;
  onRemove: () => void;
}

function WordRow({ number, meaning, onChange, onRemove }: WordRowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <TextInput
          aria-label={text.wordNumber(number)}
          maxLength={100}
          value={meaning.word}
          onChange={(event) => onChange({ ...meaning, word: event.currentTarget.value })}
        />
      </Table.Td>
      <Table.Td>
        <Select
          aria-label={text.meansOf(meaning.word)}
          data={[...new Set([...meanings, meaning.state])].map((one) => ({
            value: one,
            label: text.meanings[one],
          }))}
          value={meaning.state}
          allowDeselect={false}
          onChange={(value) =>
            onChange({ ...meaning, state: meanings.find((one) => one === value) ?? meaning.state })
          }
        />
      </Table.Td>
      <Table.Td>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={text.removeWord(meaning.word)}
          onClick={onRemove}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}
