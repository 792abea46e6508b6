/** A value of a record as it is kept: nothing, an empty text and spaces are three different things. */
import { Tooltip } from "@mantine/core";
import { exceptionMessages } from "./messages";
import styles from "./exceptions.module.css";

const text = exceptionMessages.value;

interface RecordValueProps {
  /** Null is the database's NULL. */
  value: string | null;
  isMasked?: boolean;
}

export function RecordValue({ value, isMasked = false }: RecordValueProps) {
  if (isMasked && value !== null) {
    return (
      <Tooltip label={text.maskedHint}>
        <span className={styles.token}>{text.masked}</span>
      </Tooltip>
    );
  }
  if (value === null) return <span className={styles.token}>{text.null}</span>;
  if (value === "") return <span className={styles.token}>{text.emptyText}</span>;
  return <span className={styles.value}>{value}</span>;
}

/** Old and new side by side, readable without colours. */
export function Change({
  before,
  after,
  isMasked = false,
}: {
  before: string | null;
  after: string | null;
  isMasked?: boolean;
}) {
  return (
    <span className={styles.change}>
      <span className={styles.before}>
        <RecordValue value={before} isMasked={isMasked} />
      </span>
      <span aria-label={text.becomes} role="img">
        →
      </span>
      <span className={styles.after}>
        <RecordValue value={after} isMasked={isMasked} />
      </span>
    </span>
  );
}
