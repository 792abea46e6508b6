import { Group } from "@mantine/core";
import { StatusBadge } from "@openreg/ui";
import type { Plan } from "./api";
import { planMessages as text } from "./messages";

export function PlanState({ plan }: { plan: Plan }) {
  return (
    <Group gap="xs">
      <StatusBadge tone={plan.is_offered ? "success" : "off"}>
        {plan.is_offered ? text.states.offered : text.states.hidden}
      </StatusBadge>
      {plan.is_default && <StatusBadge tone="running">{text.isDefault}</StatusBadge>}
    </Group>
  );
}
