/** How the last test of a stored connector went, and when. */
import { Moment, StatusBadge } from "@openreg/ui";
import type { Connector } from "./api";
import styles from "./browser.module.css";
import { connectorMessages } from "./messages";

const text = connectorMessages.lastTest;

export function LastTest({ connector: { tested_at, failed_step } }: { connector: Connector }) {
  if (!tested_at) return <StatusBadge tone="neutral">{text.never}</StatusBadge>;
  return (
    <span className={styles.lastTest}>
      <StatusBadge tone={failed_step ? "failed" : "success"}>
        {failed_step ? text.failed(failed_step) : text.passed}
      </StatusBadge>
      <Moment at={tested_at} />
    </span>
  );
}
