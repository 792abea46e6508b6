/** A message that stands in the page: what happened, and what to do about it. */
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./Callout.module.css";
import type { StatusTone } from "./StatusBadge";

interface CalloutProps {
  tone: StatusTone;
  title: string;
  children?: ReactNode;
  /** The next step, in plain words. */
  fix?: string | null | undefined;
  actions?: ReactNode;
  /** An answer to what somebody just did is a status; what they must see is an alert. */
  role?: "alert" | "status" | "note";
}

export function Callout({ tone, title, children, fix, actions, role }: CalloutProps) {
  return (
    <div className={styles.callout} data-tone={tone} role={role ?? (tone === "failed" ? "alert" : "note")}>
      <div className={styles.body}>
        <Text fw={600}>{title}</Text>
        {children}
        {fix && <Text c="dimmed">{fix}</Text>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
