/** The way from nothing to a delivered file; gone when every step was taken. */
import { Text } from "@mantine/core";
import { AppLink, Panel, TodoList } from "@openreg/ui";
import type { LinkProps } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import type { Dashboard } from "./api";
import { dashboardMessages } from "./messages";

type Item = NonNullable<Dashboard["checklist"]>[number];

const text = dashboardMessages.checklist;

/** Where a step is taken, and what one must be allowed for it. */
const WAYS: Record<Item["step"], { to: LinkProps["to"]; permission: string }> = {
  connector: { to: "/connectors/new", permission: "connectors:write" },
  report: { to: "/reports", permission: "reports:write" },
  version: { to: "/reports", permission: "reports:write" },
  activated: { to: "/approvals", permission: "reports:read" },
  run: { to: "/runs", permission: "runs:start" },
  delivered: { to: "/destinations/new", permission: "destinations:write" },
};

export function Checklist({ items }: { items: Item[] }) {
  const next = items.find((item) => !item.is_done)?.step;
  return (
    <Panel title={text.title}>
      <Text c="dimmed" pb="sm">
        {text.text}
      </Text>
      <TodoList
        done={text.done}
        open={text.open}
        items={items.map((item) => ({
          key: item.step,
          isDone: item.is_done,
          title: <Title step={item.step} isNext={item.step === next} />,
          text: text.steps[item.step].text,
        }))}
      />
    </Panel>
  );
}

function Title({ step, isNext }: { step: Item["step"]; isNext: boolean }) {
  const { to, permission } = WAYS[step];
  const may = useMay(permission);
  const name = text.steps[step].name;
  if (isNext && may) return <AppLink to={to}>{name}</AppLink>;
  return (
    <>
      <Text fw={isNext ? 600 : 400}>{name}</Text>
      {isNext && <Text size="xs">{text.others}</Text>}
    </>
  );
}
