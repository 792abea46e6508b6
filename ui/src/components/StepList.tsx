/** Steps of a test, one below the other: what went well, what failed and what to do about it, what was not tried. */
import { Loader, Text } from "@mantine/core";
import { IconCheck, IconMinus, IconX } from "@tabler/icons-react";
import { uiMessages } from "../messages";
import styles from "./StepList.module.css";

export interface ShownStep {
  name: string;
  state: "ok" | "failed" | "running" | "waiting";
  message?: string | undefined;
  fix?: string | null | undefined;
}

export function StepList({ steps, label }: { steps: ShownStep[]; label: string }) {
  return (
    <ol className={styles.steps} aria-label={label} aria-live="polite">
      {steps.map((step) => (
        <li key={step.name} className={styles.step} data-state={step.state}>
          <span className={styles.icon}>
            <StepIcon state={step.state} />
          </span>
          <div className={styles.text}>
            <Text fw={500}>
              {step.name} <span className={styles.word}>{uiMessages.stepStates[step.state]}</span>
            </Text>
            {step.message && <Text size="sm">{step.message}</Text>}
            {step.fix && (
              <Text size="sm" c="dimmed">
                {step.fix}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

function StepIcon({ state }: { state: ShownStep["state"] }) {
  if (state === "running") return <Loader size={14} aria-hidden />;
  const Shown = { ok: IconCheck, failed: IconX, waiting: IconMinus }[state];
  return <Shown size={15} stroke={2.2} aria-hidden />;
}
