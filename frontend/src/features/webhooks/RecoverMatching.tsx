/** What did not arrive of the deliveries that the filters mean, sent again. */
import { Button, Group } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/api/types";
import { rangeOf, type LogSearch } from "./logSearch";
import { webhookMessages } from "./messages";
import { RecoverDialog, type RecoveryPlan } from "./RecoverDialog";

const text = webhookMessages.recover;
const YEARS_AGO = "2000-01-01T00:00:00Z";

interface RecoverMatchingProps {
  webhookId: string;
  search: LogSearch;
  counts: Schema<"WebhookDeliveryStateCount">[] | undefined;
}

export function RecoverMatching({ webhookId, search, counts = [] }: RecoverMatchingProps) {
  const [plan, setPlan] = useState<RecoveryPlan | null>(null);
  const failed = counts.find((one) => one.state === "failed");
  if (!failed?.count || search.event_id || search.recovery_id) return null;
  return (
    <Group mb="sm">
      <Button size="xs" variant="default" onClick={() => setPlan(planOf(search))}>
        {text.matching(failed.count, failed.is_more)}
      </Button>
      <RecoverDialog webhookId={webhookId} plan={plan} onClose={() => setPlan(null)} />
    </Group>
  );
}

function planOf(search: LogSearch): RecoveryPlan {
  const { since = YEARS_AGO, until } = rangeOf(search);
  return {
    kind: "recover",
    since,
    ...(until ? { until } : {}),
    filters: {
      states: ["failed"],
      ...(search.event_type ? { event_types: [search.event_type] } : {}),
      ...(search.answer ? { answers: [search.answer] } : {}),
      ...(search.text ? { text: search.text } : {}),
    },
  };
}
