/** The head of every page: title, what state it is in, what can be done. */
import { Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import styles from "./PageHeader.module.css";

interface PageHeaderProps {
  title: string;
  /** Beside the title: a badge, an id. */
  meta?: ReactNode;
  /** One sentence below the title. */
  description?: string;
  actions?: ReactNode;
  /** The title of the browser's tab, where it differs. */
  documentTitle?: string;
}

export function PageHeader({ title, meta, description, actions, documentTitle }: PageHeaderProps) {
  useDocumentTitle(`${documentTitle ?? title} – OpenReg`);
  return (
    <Group justify="space-between" align="flex-start" pb="md" gap="sm">
      <div>
        <Group gap="sm">
          <Title order={2} className={styles.title}>
            {title}
          </Title>
          {meta}
        </Group>
        {description && <Text c="dimmed">{description}</Text>}
      </div>
      {actions && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}
