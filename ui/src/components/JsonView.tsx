/** A JSON value as text: what people wrote is never read as HTML. */
import { Group } from "@mantine/core";
import { CopyButton } from "./CopyButton";
import styles from "./JsonView.module.css";

export function JsonView({
  value,
  label,
  maxHeight = 420,
}: {
  value: unknown;
  label: string;
  maxHeight?: number;
}) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div className={styles.frame}>
      <Group className={styles.copy}>
        <CopyButton value={text} label={label} />
      </Group>
      {/* A region that scrolls must be reachable by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it */}
      <pre className={styles.text} style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
