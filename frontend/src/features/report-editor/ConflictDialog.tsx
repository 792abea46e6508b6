/** Somebody else saved the draft meanwhile: keep mine, take theirs, or compare first. */
import { Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { LinkButton, uiMessages } from "@openreg/ui";
import { useState } from "react";
import { valueText } from "@/features/report-versions/diffText";
import { differences, type Difference } from "./conflict";
import type { ReportDocument } from "./document";
import type { DraftKeeper, Snapshot, StoredDraft } from "./draftKeeper";
import styles from "./editor.module.css";
import { editorMessages } from "./messages";
import { clock } from "./SaveStateLine";

const text = editorMessages.conflict;

export function ConflictDialog({
  keeper,
  snapshot,
  reportId,
}: {
  keeper: DraftKeeper;
  snapshot: Snapshot;
  reportId: string;
}) {
  const [isComparing, setIsComparing] = useState(false);
  const { state, document } = snapshot;
  const theirs = state.kind === "conflict" ? state.theirs : null;
  return (
    <Modal
      opened={state.kind === "conflict"}
      // There is no way around the choice: everything else would lose one of both.
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      size={isComparing ? "xl" : "lg"}
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Stack gap="md">
        <Text>{theirs ? said(theirs) : text.gone}</Text>
        {isComparing && theirs && <Comparison mine={document} theirs={theirs.document} />}
        <Group justify="flex-end" gap="sm">
          {theirs ? (
            <>
              <Button variant="default" onClick={() => setIsComparing(!isComparing)}>
                {isComparing ? text.hide : text.compare}
              </Button>
              <Button variant="default" onClick={() => keeper.takeTheirs()}>
                {text.theirs}
              </Button>
            </>
          ) : (
            <LinkButton variant="default" to="/reports/$reportId" params={{ reportId }}>
              {text.leave}
            </LinkButton>
          )}
          <Button data-autofocus onClick={() => void keeper.keepMine()}>
            {text.mine}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function said(theirs: StoredDraft): string {
  return text.by(theirs.savedBy ?? text.somebody, theirs.savedAt ? clock(theirs.savedAt) : "");
}

function Comparison({ mine, theirs }: { mine: ReportDocument; theirs: ReportDocument }) {
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table aria-label={text.compare}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.place}</Table.Th>
            <Table.Th scope="col">{text.yours}</Table.Th>
            <Table.Th scope="col">{text.other}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences(mine, theirs).map((one) => (
            <Table.Tr key={`${one.part} ${one.name}`}>
              <Table.Th scope="row">{nameOf(one)}</Table.Th>
              <Table.Td className={styles.code}>{shown(one.mine)}</Table.Td>
              <Table.Td className={styles.code}>{shown(one.theirs)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function nameOf({ part, name }: Difference): string {
  if (part === "source" && name) return text.sourceParts[name] ?? name;
  return name ?? text.wholePart[part] ?? part;
}

function shown(value: unknown): string {
  return value === undefined ? text.nothing : valueText(value);
}
