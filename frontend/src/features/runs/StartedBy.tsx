/** What started a run, with the way to it. */
import { AppLink, Moment } from "@openreg/ui";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";

const text = runMessages.startedBy;

export function StartedBy({ run }: { run: RunDetail }) {
  const kind = text.kind(run.trigger);
  if (run.trigger_id)
    return (
      <>
        {kind}:{" "}
        <AppLink to="/triggers/$triggerId" params={{ triggerId: run.trigger_id }}>
          {run.started_by ?? run.trigger_id.slice(-12)}
        </AppLink>
      </>
    );
  if (run.schedule_id)
    return (
      <>
        {kind}:{" "}
        <AppLink to="/schedules/$scheduleId" params={{ scheduleId: run.schedule_id }}>
          {run.started_by ?? run.schedule_id.slice(-12)}
        </AppLink>
        {run.fire_at && (
          <>
            {", "}
            <Moment at={run.fire_at} />
          </>
        )}
      </>
    );
  return <>{kind}</>;
}
