/** Proposals for unmapped fields by the names of columns; what is not chosen stays as it is. */
import { Button, Checkbox, Group, Modal, Progress, Stack, Table, Text } from "@mantine/core";
import { showDone, uiMessages } from "@openreg/ui";
import { useMemo, useState } from "react";
import { proposeMappings, SURE, type Proposal } from "./autoMap";
import { quoted } from "./code/completions";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";

const text = editorMessages.autoMap;

export function AutoMapDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="lg"
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Proposals onClose={onClose} />
    </Modal>
  );
}

function Proposals({ onClose }: { onClose: () => void }) {
  const { document, change, check, pack } = useEditor();
  const columns = check?.source_columns;
  const found = useMemo(() => {
    const filled = new Set(Object.keys(document.fields));
    // Without a pack the fields are the author's: each column can become one of its own name.
    const targets =
      pack?.columns ??
      (columns ?? [])
        .filter((one) => quoted(one.name) === one.name)
        .map((one) => ({ ...one, title: one.name }));
    return proposeMappings(targets, columns ?? [], filled);
  }, [document.fields, pack, columns]);
  const [taken, setTaken] = useState(
    () => new Set(found.filter((one) => one.confidence >= SURE).map((one) => one.target)),
  );

  function apply() {
    const chosen = found.filter((one) => taken.has(one.target));
    const added: Record<string, string> = Object.fromEntries(
      chosen.map((one) => [one.target, quoted(one.column)]),
    );
    change((now) => ({ fields: { ...now.fields, ...added } }));
    onClose();
    // What was written since stays.
    showDone(text.done(chosen.length), () =>
      change(({ fields }) => ({
        fields: Object.fromEntries(Object.entries(fields).filter(([one, sql]) => added[one] !== sql)),
      })),
    );
  }

  return (
    <Stack gap="md">
      <Text size="sm">{found.length > 0 ? text.explain : text.none}</Text>
      {found.length > 0 && (
        <Table.ScrollContainer minWidth={460} mah={420}>
          <Table aria-label={text.title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Td />
                <Table.Th scope="col">{text.field}</Table.Th>
                <Table.Th scope="col">{text.column}</Table.Th>
                <Table.Th scope="col">{text.sure}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.map((one) => (
                <ProposalRow
                  key={one.target}
                  proposal={one}
                  title={pack?.columns.find((column) => column.name === one.target)?.title ?? one.target}
                  isTaken={taken.has(one.target)}
                  onTake={(isTaken) => {
                    const next = new Set(taken);
                    if (isTaken) next.add(one.target);
                    else next.delete(one.target);
                    setTaken(next);
                  }}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {uiMessages.cancel}
        </Button>
        <Button disabled={taken.size === 0} onClick={apply}>
          {text.apply(taken.size)}
        </Button>
      </Group>
    </Stack>
  );
}

interface ProposalRowProps {
  proposal: Proposal;
  title: string;
  isTaken: boolean;
  onTake: (isTaken: boolean) => void;
}

function ProposalRow({ proposal, title, isTaken, onTake }: ProposalRowProps) {
  const said = text.confidence(proposal.confidence, text.reasons[proposal.reason]);
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          aria-label={text.take(title)}
          checked={isTaken}
          onChange={(event) => onTake(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>{title}</Table.Td>
      <Table.Td className="or-mono">{proposal.column}</Table.Td>
      <Table.Td>
        <Progress value={proposal.confidence} size="xs" aria-label={said} />
        <Text size="xs" c="dimmed">
          {said}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
