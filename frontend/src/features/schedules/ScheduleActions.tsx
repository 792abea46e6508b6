/** Pausing and resuming a schedule, and running it now. */
import { Button, Group } from "@mantine/core";
import { ErrorState, showDone } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { pauseSchedule, resumeSchedule, runSchedule, scheduleKeys, type Schedule } from "./api";
import { scheduleMessages as text } from "./messages";

export function ScheduleActions({ schedule }: { schedule: Schedule }) {
  const mayWrite = useMay("schedules:write");
  const mayRun = useMay("runs:start");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: scheduleKeys.all });
  const toggle = useMutation({
    mutationFn: () => (schedule.is_paused ? resumeSchedule(schedule.id) : pauseSchedule(schedule.id)),
    onSettled: refresh,
  });
  const run = useMutation({
    mutationFn: () => runSchedule(schedule.id, key),
    onSuccess: (made) => showDone(text.ran(made.reporting_date)),
    onSettled: () => {
      setKey(crypto.randomUUID());
      return refresh();
    },
  });
  const failure = run.error ?? toggle.error;
  return (
    <Group gap="xs">
      {mayRun && (
        <Button size="xs" variant="default" loading={run.isPending} onClick={() => run.mutate()}>
          {text.runNow}
        </Button>
      )}
      {mayWrite && (
        <Button size="xs" variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
          {schedule.is_paused ? text.resume : text.pause}
        </Button>
      )}
      {failure && <ErrorState error={failure} />}
    </Group>
  );
}
