/** The way from nothing to a delivered file; gone when every step was taken. */
import { Text } from "@mantine/core";
import { AppLink, Panel } from "@openreg/ui";
import { IconCheck } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import type { Dashboard } from "./api";
import styles from "./dashboard.module.css";
import { dashboardMessages } from "./messages";

type Item = NonNullable<Dashboard["checklist"]>[number];

const text = dashboardMessages.checklist;

const LINKS: Partial<Record<Item["step"], LinkProps["to"]>> = {
  connector: "/connectors/new",
  report: "/reports",
  version: "/reports",
  activated: "/approvals",
  run: "/runs",
  delivered: "/destinations/new",
};

export function Checklist({ items }: { items: Item[] }) {
  const next = items.find((item) => !item.is_done)?.step;
  return (
    <Panel title={text.title}>
      <Text c="dimmed" pb="sm">
        {text.text}
      </Text>
      <ol className={styles.checklist}>
        {items.map((item, index) => (
          <li key={item.step} className={styles.todo} data-done={item.is_done || undefined}>
            <span className={styles.todoMark} role="img" aria-label={item.is_done ? text.done : text.open}>
              {item.is_done ? <IconCheck size={14} stroke={2.4} aria-hidden /> : index + 1}
            </span>
            <div>
              <Title step={item.step} isNext={item.step === next} />
              <Text size="xs" c="dimmed">
                {text.steps[item.step].text}
              </Text>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Title({ step, isNext }: { step: Item["step"]; isNext: boolean }) {
  const to = LINKS[step];
  const name = text.steps[step].name;
  if (isNext && to) return <AppLink to={to}>{name}</AppLink>;
  return <Text fw={isNext ? 600 : 400}>{name}</Text>;
}
