/** One schedule: when it fires, what became of its fires, past dates, and changing it. */
import { Button, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  StatusBadge,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { PublishActions } from "@/features/publications/PublishActions";
import { RemoveAction } from "@/lists/RemoveAction";
import { removeSchedule, scheduleKeys, scheduleQuery, type Schedule } from "./api";
import { BackfillPanel } from "./BackfillPanel";
import { FiresPanel } from "./FiresPanel";
import { scheduleMessages as text } from "./messages";
import { MonthPanel } from "./MonthPanel";
import { PreviewPanel } from "./PreviewPanel";
import { ScheduleActions } from "./ScheduleActions";
import { ScheduleForm } from "./ScheduleForm";
import { cadenceText } from "./ScheduleList";

const route = getRouteApi("/_app/schedules/$scheduleId");

export function ScheduleDetail() {
  const { scheduleId } = route.useParams();
  const query = useQuery(scheduleQuery(scheduleId));
  const [isEditing, setIsEditing] = useState(false);
  const mayWrite = useMay("schedules:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const schedule = query.data.body;
  return (
    <>
      <AppLink to="/schedules" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={schedule.name}
        meta={<CopyId id={schedule.id} label={text.copyId} />}
        actions={
          <>
            <PublishActions thing={{ kind: "schedule", id: schedule.id, title: schedule.name }} />
            <CurlButton url={`/api/v1/schedules/${schedule.id}`} />
            {mayWrite && !isEditing && (
              <Button size="xs" variant="default" onClick={() => setIsEditing(true)}>
                {text.edit}
              </Button>
            )}
            <ScheduleActions schedule={schedule} />
            {mayWrite && <Remove schedule={schedule} />}
          </>
        }
      />
      {isEditing ? (
        <ScheduleForm stored={query.data} onDone={() => setIsEditing(false)} />
      ) : (
        <Stack gap="lg" maw={980}>
          <About schedule={schedule} />
          <PreviewPanel definition={schedule.definition} />
          <MonthPanel scheduleId={schedule.id} zone={schedule.definition.zone ?? "UTC"} />
          <FiresPanel scheduleId={schedule.id} />
          <BackfillPanel scheduleId={schedule.id} />
        </Stack>
      )}
    </>
  );
}

function About({ schedule }: { schedule: Schedule }) {
  return (
    <Facts>
      <Fact name={text.columns.report}>
        <AppLink to="/reports/$reportId" params={{ reportId: schedule.report_id }}>
          {schedule.report_name}
        </AppLink>
      </Fact>
      <Fact name={text.columns.cadence}>{cadenceText(schedule)}</Fact>
      <Fact name={text.columns.zone}>{schedule.definition.zone}</Fact>
      <Fact name={text.columns.calendar}>{schedule.definition.calendar ?? text.noCalendar}</Fact>
      <Fact name={text.columns.next}>
        {schedule.next_fire_at ? <Moment at={schedule.next_fire_at} /> : text.none}
      </Fact>
      <Fact name={text.columns.state}>
        <StatusBadge tone={schedule.is_paused ? "off" : "success"}>
          {schedule.is_paused ? text.paused : text.active}
        </StatusBadge>
      </Fact>
    </Facts>
  );
}

function Remove({ schedule }: { schedule: Schedule }) {
  const navigate = useNavigate();
  return (
    <RemoveAction
      size="xs"
      name={schedule.name}
      text={text.remove}
      keys={{ one: scheduleKeys.one(schedule.id), all: scheduleKeys.all }}
      remove={() => removeSchedule(schedule.id)}
      onRemoved={() => navigate({ to: "/schedules", search: {} })}
    />
  );
}
