/** The way of one record, from the source down: each step stands below the one it came from. */
import { Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import { useId, type ReactNode } from "react";
import type { StatusTone } from "@openreg/ui";
import styles from "./lineage.module.css";

export function PathSteps({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ol className={styles.path} aria-label={label}>
      {children}
    </ol>
  );
}

interface PathStepProps {
  title: string;
  icon: Icon;
  /** What went wrong here, or has been put right. */
  tone?: StatusTone;
  meta?: ReactNode;
  children?: ReactNode;
}

export function PathStep({ title, icon: StepIcon, tone = "neutral", meta, children }: PathStepProps) {
  const heading = useId();
  return (
    <li className={styles.step} data-tone={tone} aria-labelledby={heading}>
      <span className={styles.mark} aria-hidden>
        <StepIcon size={16} />
      </span>
      <div className={styles.content}>
        <div className={styles.head}>
          <Title order={3} size="h4" id={heading}>
            {title}
          </Title>
          {meta}
        </div>
        {children}
      </div>
    </li>
  );
}
