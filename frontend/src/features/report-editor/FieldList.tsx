/** All fields with what fills them. A row opens the field; arrow keys move between rows. */
import { Menu, Text, UnstyledButton } from "@mantine/core";
import { IconAlertCircle, IconCheck, IconCircleDashed, IconPlus } from "@tabler/icons-react";
import { memo, type KeyboardEvent } from "react";
import styles from "./editor.module.css";
import type { FieldColumn, FieldGroup } from "./fieldGroups";
import { editorMessages } from "./messages";

const text = editorMessages.fields;
const MANY = 1;

interface FieldListProps {
  groups: FieldGroup[];
  selected: string | undefined;
  onSelect: (column: string) => void;
}

export function FieldList({ groups, selected, onSelect }: FieldListProps) {
  return (
    // The rows are buttons; the list only moves the focus between them.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys between its buttons
    <ul className={styles.fields} aria-label={text.list} onKeyDown={moveFocus}>
      {groups.map((group) => (
        <Group
          key={group.key}
          group={group}
          selected={group.columns.some((column) => column.name === selected) ? selected : undefined}
          onSelect={onSelect}
        />
      ))}
    </ul>
  );
}

interface GroupProps extends Omit<FieldListProps, "groups"> {
  group: FieldGroup;
}

const Group = memo(function Group({ group, selected, onSelect }: GroupProps) {
  const filled = group.columns.filter((column) => column.expression !== null || column.name === selected);
  const shown = filled.length > 0 ? filled : group.columns.slice(0, 1);
  const others = group.columns.filter((column) => !shown.includes(column));
  return (
    <li className={styles.group} data-plain={group.number === null || undefined}>
      {(group.number !== null || group.columns.length > MANY) && (
        <div className={styles.groupHead}>
          <span className={styles.groupNumber}>{group.number}</span>
          <span className={styles.groupName}>{group.name}</span>
          {group.requirement && (
            <Text span size="xs" c="dimmed">
              {text.requirement[group.requirement]}
            </Text>
          )}
        </div>
      )}
      {shown.map((column) => (
        <Row key={column.name} column={column} isSelected={column.name === selected} onSelect={onSelect} />
      ))}
      {others.length > 0 && (
        <div className={styles.more}>
          <Menu position="bottom-start" width={280}>
            <Menu.Target>
              <UnstyledButton className={styles.start}>
                <IconPlus size={12} aria-hidden />
                {text.more(others.length)}
              </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown mah={320} className={styles.menu}>
              {others.map((column) => (
                <Menu.Item key={column.name} onClick={() => onSelect(column.name)}>
                  {column.title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
    </li>
  );
});

interface RowProps {
  column: FieldColumn;
  isSelected: boolean;
  onSelect: (column: string) => void;
}

function Row({ column, isSelected, onSelect }: RowProps) {
  const mark = column.problems.length > 0 ? "problem" : column.expression === null ? "open" : "mapped";
  const Mark = { problem: IconAlertCircle, open: IconCircleDashed, mapped: IconCheck }[mark];
  return (
    <UnstyledButton
      className={styles.field}
      data-field={column.name}
      aria-current={isSelected || undefined}
      onClick={() => onSelect(column.name)}
    >
      <span className={styles.mark} data-mark={mark}>
        <Mark size={14} aria-hidden />
      </span>
      <span>{column.title}</span>
      <span className={`${styles.expression} ${column.expression === null ? styles.unmapped : ""}`}>
        {column.expression ?? text.notMapped}
      </span>
    </UnstyledButton>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || !(event.target instanceof HTMLElement) || !event.target.dataset["field"]) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-field]")];
  rows[rows.indexOf(event.target) + step]?.focus();
}
