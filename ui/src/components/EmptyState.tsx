/** Nothing to show: either because nothing is there yet, or because the filter leaves nothing. */
import { Button, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { uiMessages } from "../messages";
import styles from "./states.module.css";

interface EmptyStateProps {
  title: string;
  /** One sentence on what belongs here, or which filter hides it. */
  children: ReactNode;
  /** The one next step. */
  action?: ReactNode;
  /** Given when a filter is what hides the rows. */
  onClear?: () => void;
}

export function EmptyState({ title, children, action, onClear }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      <Title order={3}>{title}</Title>
      <Text c="dimmed">{children}</Text>
      {action}
      {onClear && (
        <Button variant="default" onClick={onClear}>
          {uiMessages.clearFilters}
        </Button>
      )}
    </div>
  );
}
