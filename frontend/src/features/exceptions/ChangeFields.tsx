/** Columns that are about to be changed: old beside new, NULL apart from an empty text. */
import { ActionIcon, Checkbox, Select, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useRef } from "react";
import type { AmendableColumn } from "./columns";
import { draftForMany, draftOf, withDraft, type ChangeDraft } from "./drafts";
import { amendMessages as text } from "./amendMessages";
import { RecordValue } from "./RecordValue";
import styles from "./exceptions.module.css";

interface ChangeFieldsProps {
  columns: AmendableColumn[];
  drafts: ChangeDraft[];
  onChange: (drafts: ChangeDraft[]) => void;
  /** Many records are changed at once: they have different values now, and an expression may make the new ones. */
  isForMany?: boolean;
}

export function ChangeFields({ columns, drafts, onChange, isForMany = false }: ChangeFieldsProps) {
  const list = useRef<HTMLDivElement>(null);
  const isChosen = (column: AmendableColumn) =>
    drafts.some((draft) => draft.frame === column.frame && draft.column === column.name);
  const left = columns.filter((column) => !isChosen(column));

  function add(key: string | null) {
    const column = left.find((one) => keyOf(one) === key);
    if (!column) return;
    const { frame, name, value, isMasked } = column;
    onChange([
      ...drafts,
      isForMany ? draftForMany(frame, name) : draftOf(frame, name, isMasked ? null : value),
    ]);
    // The new field is where one goes on.
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>("[data-new]:last-of-type input")?.focus(),
    );
  }

  return (
    <Stack gap="sm" ref={list}>
      {drafts.length === 0 && <Text c="dimmed">{text.noColumn}</Text>}
      {drafts.map((draft) => (
        <DraftRow
          key={`${draft.frame} ${draft.column}`}
          draft={draft}
          column={columns.find((one) => one.frame === draft.frame && one.name === draft.column)}
          isForMany={isForMany}
          onChange={(changed) => onChange(withDraft(drafts, changed))}
          onRemove={() => onChange(drafts.filter((one) => one !== draft))}
        />
      ))}
      <Select
        label={text.addColumn}
        placeholder={text.addColumnHint}
        searchable
        maw={420}
        data={grouped(left)}
        value={null}
        nothingFoundMessage={text.noSuchColumn}
        onChange={add}
      />
    </Stack>
  );
}

const keyOf = ({ frame, name }: AmendableColumn) => `${frame} ${name}`;

function grouped(columns: AmendableColumn[]) {
  return (["source", "target"] as const)
    .map((frame) => ({
      group: text.frames[frame],
      items: columns
        .filter((one) => one.frame === frame)
        .map((one) => ({
          value: keyOf(one),
          label: one.title === one.name ? one.name : text.titled(one.title, one.name),
        })),
    }))
    .filter((group) => group.items.length > 0);
}

interface DraftRowProps {
  draft: ChangeDraft;
  column: AmendableColumn | undefined;
  isForMany: boolean;
  onChange: (draft: ChangeDraft) => void;
  onRemove: () => void;
}

function DraftRow({ draft, column, isForMany, onChange, onRemove }: DraftRowProps) {
  const name = `${text.frames[draft.frame]} ${draft.column}`;
  return (
    <fieldset className={styles.draft} data-new>
      <legend className={styles.draftName}>
        <span className="or-mono">{draft.column}</span>{" "}
        <Text span size="xs" c="dimmed">
          {text.frames[draft.frame]}
          {column && `, ${column.type}`}
        </Text>
      </legend>
      {isForMany ? (
        <Select
          className={styles.draftOld}
          label={text.mode}
          aria-label={text.modeOf(name)}
          data={[
            { value: "value", label: text.oneValue },
            { value: "expression", label: text.expression },
          ]}
          value={draft.isExpression ? "expression" : "value"}
          onChange={(mode) => onChange({ ...draft, isExpression: mode === "expression", isNull: false })}
        />
      ) : (
        <div className={styles.draftOld}>
          <Text size="xs" c="dimmed">
            {text.old}
          </Text>
          <RecordValue value={draft.old} isMasked={column?.isMasked ?? false} />
        </div>
      )}
      <TextInput
        className={styles.draftNew}
        label={draft.isExpression ? text.expression : text.new}
        aria-label={draft.isExpression ? text.expressionOf(name) : text.newOf(name)}
        autoComplete="off"
        spellCheck={false}
        disabled={draft.isNull}
        value={draft.isNull ? "" : draft.typed}
        placeholder={draft.isNull ? "NULL" : draft.isExpression ? "" : text.emptyText}
        onChange={(event) => onChange({ ...draft, typed: event.currentTarget.value })}
      />
      <Tooltip label={text.nullHint}>
        <Checkbox
          className={styles.draftNull}
          label="NULL"
          aria-label={text.nullOf(name)}
          checked={draft.isNull}
          disabled={draft.isExpression}
          onChange={(event) => onChange({ ...draft, isNull: event.currentTarget.checked })}
        />
      </Tooltip>
      <Tooltip label={text.remove}>
        <ActionIcon
          className={styles.draftRemove}
          variant="subtle"
          color="gray"
          size={30}
          aria-label={text.removeOf(name)}
          onClick={onRemove}
        >
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </fieldset>
  );
}
