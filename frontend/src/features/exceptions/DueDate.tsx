/** When an exception has to be dealt with; one that is over says so in words. */
import { StatusBadge, TimeAgo } from "@openreg/ui";
import { Group } from "@mantine/core";
import { useState } from "react";
import { isWorkable } from "./states";
import { exceptionMessages as text } from "./messages";

export function DueDate({ dueAt, state }: { dueAt: string; state: string }) {
  const [now] = useState(() => Date.now());
  const isOverdue = isWorkable(state) && new Date(dueAt).getTime() < now;
  return (
    <Group gap="xs" wrap="nowrap">
      <TimeAgo at={dueAt} />
      {isOverdue && <StatusBadge tone="failed">{text.overdue}</StatusBadge>}
    </Group>
  );
}
