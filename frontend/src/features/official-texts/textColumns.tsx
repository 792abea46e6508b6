/** Columns of tables of official texts, which every step and the list itself show alike. */
import { Text } from "@mantine/core";
import { StatusBadge, type Column, type StatusTone } from "@openreg/ui";
import type { ComparedText, TextChange } from "./api";
import { officialMessages } from "./messages";
import styles from "./official.module.css";

const text = officialMessages.text;

const TONES: Record<TextChange, StatusTone> = {
  added: "success",
  changed: "warning",
  same: "neutral",
  withdrawn: "off",
};

export const codeColumn: Column<ComparedText> = {
  key: "code",
  header: text.code,
  cell: (one) => (
    <>
      <span className="or-mono">{one.code}</span>
      {one.error_code && one.error_code !== one.code && (
        <Text size="xs" c="dimmed" className="or-mono">
          {one.error_code}
        </Text>
      )}
    </>
  ),
};

export const fieldColumn: Column<ComparedText> = {
  key: "field",
  header: text.field,
  cell: (one) => one.field,
};

export const changeColumn: Column<ComparedText> = {
  key: "change",
  header: text.change,
  cell: (one) => <StatusBadge tone={TONES[one.change]}>{officialMessages.changes[one.change]}</StatusBadge>,
};

/** The words; under them what the list before said, where that is something else. */
export const textColumn: Column<ComparedText> = {
  key: "text",
  header: text.text,
  cell: (one) => (
    <>
      <Text size="sm" className={one.change === "withdrawn" ? `${styles.text} ${styles.gone}` : styles.text}>
        {one.text}
      </Text>
      {one.before && (
        <Text size="xs" c="dimmed" className={styles.text}>
          {text.before}: {one.before.text === one.text ? otherParts(one) : one.before.text}
        </Text>
      )}
    </>
  ),
};

export const daysColumn: Column<ComparedText> = {
  key: "days",
  header: text.days,
  cell: (one) => officialMessages.days(one.valid_from, one.valid_to),
};

export const keyOf = (one: ComparedText) => `${one.change} ${one.code} ${one.field} ${one.valid_from ?? ""}`;

function otherParts({ before }: ComparedText): string {
  if (!before) return "";
  const days = officialMessages.days(before.valid_from, before.valid_to);
  return [before.error_code, before.severity, before.citation, days].filter(Boolean).join(", ");
}
