/** How the month stands against the plan. */
import { Progress, Stack, Text } from "@mantine/core";
import { Callout, Panel } from "@openreg/ui";
import type { Usage } from "./api";
import { usageMessages as text } from "./messages";
import { quotaState, type QuotaState } from "./usage";

const COLOURS: Record<QuotaState, string> = {
  ok: "var(--or-chart-success)",
  warning: "var(--or-chart-warning)",
  used: "var(--or-chart-failed)",
};

export function QuotaPanel({ usage }: { usage: Usage }) {
  const quota = usage.monthly_quota;
  if (quota === null)
    return (
      <Panel title={text.quota}>
        <Text>{text.noQuota(usage.counted)}</Text>
      </Panel>
    );
  const state = quotaState(usage.counted, quota);
  return (
    <Panel title={text.quota}>
      <Stack gap="sm">
        <Text className="or-number">{text.quotaOf(usage.counted, quota)}</Text>
        <Progress
          aria-label={text.quota}
          value={Math.min(100, (usage.counted / Math.max(1, quota)) * 100)}
          color={COLOURS[state]}
        />
        <Text size="sm" c="dimmed">
          {text.quotaEnds(usage.month_ends_at)}
        </Text>
        {state !== "ok" && (
          <Callout tone={state === "used" ? "failed" : "warning"} title={text.quotaStates[state]} />
        )}
      </Stack>
    </Panel>
  );
}
