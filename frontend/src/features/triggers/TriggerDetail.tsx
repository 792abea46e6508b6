/** One trigger: what it waits for, what came of it, what it would see now, and changing it. */
import { Button, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  Callout,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  showDone,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { RemoveAction } from "@/lists/RemoveAction";
import {
  fireTrigger,
  pauseTrigger,
  removeTrigger,
  resumeTrigger,
  testTrigger,
  triggerKeys,
  triggerQuery,
  type Trigger,
} from "./api";
import { FiringsPanel } from "./FiringsPanel";
import { triggerMessages as text } from "./messages";
import { TestPanel } from "./TestPanel";
import { TriggerForm } from "./TriggerForm";
import { TriggerState } from "./TriggerList";

const route = getRouteApi("/_app/triggers/$triggerId");

export function TriggerDetail() {
  const { triggerId } = route.useParams();
  const query = useQuery({ ...triggerQuery(triggerId), refetchInterval: 10_000 });
  const [isEditing, setIsEditing] = useState(false);
  const test = useMutation({ mutationFn: () => testTrigger(triggerId) });
  const mayWrite = useMay("schedules:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const trigger = query.data.body;
  return (
    <>
      <AppLink to="/triggers" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={trigger.name}
        meta={<CopyId id={trigger.id} label={text.copyId} />}
        actions={
          <>
            <CurlButton url={`/api/v1/triggers/${trigger.id}`} />
            {mayWrite && (
              <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
                {text.test}
              </Button>
            )}
            {mayWrite && !isEditing && (
              <Button size="xs" variant="default" onClick={() => setIsEditing(true)}>
                {text.edit}
              </Button>
            )}
            <Actions trigger={trigger} />
            {mayWrite && <Remove trigger={trigger} />}
          </>
        }
      />
      {isEditing ? (
        <TriggerForm stored={query.data} onDone={() => setIsEditing(false)} />
      ) : (
        <Stack gap="lg" maw={980}>
          {trigger.last_error && (
            <Callout
              tone="failed"
              title={trigger.last_error.message}
              fix={trigger.last_error.fix ?? undefined}
            />
          )}
          <About trigger={trigger} />
          {test.isError && <ErrorState error={test.error} />}
          {test.data && <TestPanel test={test.data} />}
          <FiringsPanel triggerId={trigger.id} />
        </Stack>
      )}
    </>
  );
}

function About({ trigger }: { trigger: Trigger }) {
  return (
    <Facts>
      <Fact name={text.columns.report}>
        <AppLink to="/reports/$reportId" params={{ reportId: trigger.report_id }}>
          {trigger.report_name}
        </AppLink>
      </Fact>
      <Fact name={text.columns.kind}>{text.kindName(trigger.kind)}</Fact>
      <Watched trigger={trigger} />
      <Fact name={text.about.date}>
        {trigger.kind === "run_event"
          ? text.about.sameDate
          : `T+${trigger.definition.reporting_date?.days ?? 1}`}
      </Fact>
      {trigger.last_look_at && (
        <Fact name={text.about.lastLook}>
          <Moment at={trigger.last_look_at} />
        </Fact>
      )}
      {trigger.next_look_at && (
        <Fact name={text.about.nextLook}>
          <Moment at={trigger.next_look_at} />
        </Fact>
      )}
      <Fact name={text.columns.lastStart}>
        {trigger.last_started_at ? <Moment at={trigger.last_started_at} /> : text.never}
      </Fact>
      <Fact name={text.columns.state}>
        <TriggerState trigger={trigger} />
      </Fact>
    </Facts>
  );
}

function Watched({ trigger }: { trigger: Trigger }) {
  const { on } = trigger.definition;
  const watches = <Fact name={text.columns.watches}>{trigger.watched_name ?? text.none}</Fact>;
  switch (on.kind) {
    case "file_arrival":
      return (
        <>
          {watches}
          <Fact name={text.about.folder}>{on.folder ? on.folder : text.about.ownFolder}</Fact>
          <Fact name={text.about.pattern}>
            <span className="or-mono">{on.name_pattern}</span>
          </Fact>
        </>
      );
    case "watermark":
      return (
        <>
          {watches}
          <Fact name={text.about.query}>
            <span className="or-mono">{on.query}</span>
          </Fact>
          <Fact name={text.about.watermark}>{trigger.watermark ?? text.none}</Fact>
        </>
      );
    case "run_event":
      return (
        <>
          {watches}
          <Fact name={text.about.states}>{(on.states ?? []).join(", ")}</Fact>
        </>
      );
    default:
      return (
        <Fact name={text.about.address}>
          <span className="or-mono">POST /api/v1/triggers/{trigger.id}/fire</span>
        </Fact>
      );
  }
}

function Actions({ trigger }: { trigger: Trigger }) {
  const mayWrite = useMay("schedules:write");
  const mayRun = useMay("runs:start");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: triggerKeys.all });
  const toggle = useMutation({
    mutationFn: () => (trigger.is_paused ? resumeTrigger(trigger.id) : pauseTrigger(trigger.id)),
    onSettled: refresh,
  });
  const fire = useMutation({
    mutationFn: () => fireTrigger(trigger.id, key),
    onSuccess: (made) => showDone(text.fired(made.reporting_date)),
    onSettled: () => {
      setKey(crypto.randomUUID());
      return refresh();
    },
  });
  const failure = fire.error ?? toggle.error;
  return (
    <>
      {mayRun && trigger.kind === "api" && (
        <Button size="xs" variant="default" loading={fire.isPending} onClick={() => fire.mutate()}>
          {text.fire}
        </Button>
      )}
      {mayWrite && (
        <Button size="xs" variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
          {trigger.is_paused ? text.resume : text.pause}
        </Button>
      )}
      {failure && <ErrorState error={failure} />}
    </>
  );
}

function Remove({ trigger }: { trigger: Trigger }) {
  const navigate = useNavigate();
  return (
    <RemoveAction
      size="xs"
      name={trigger.name}
      text={text.remove}
      keys={{ one: triggerKeys.one(trigger.id), all: triggerKeys.all }}
      remove={() => removeTrigger(trigger.id)}
      onRemoved={() => navigate({ to: "/triggers", search: {} })}
    />
  );
}
