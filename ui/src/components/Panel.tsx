/** A titled part of a page. */
import { Title } from "@mantine/core";
import { useId, type ReactNode } from "react";
import styles from "./Panel.module.css";

interface PanelProps {
  title: string;
  /** Beside the title, at the far end. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, aside, children }: PanelProps) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <div className={styles.head}>
        <Title order={3} id={id}>
          {title}
        </Title>
        {aside}
      </div>
      {children}
    </section>
  );
}
