/** One run: header, what has to be decided, and its parts behind tabs that stand in the URL. */
import { Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  Callout,
  CopyId,
  CurlButton,
  durationBetween,
  ErrorState,
  Fact,
  Facts,
  formatDate,
  Moment,
  PageHeader,
  StatusBadge,
  StreamBadge,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { StartedBy } from "./StartedBy";
import { RunSubmission } from "@/features/submissions/RunSubmission";
import { runQuery, type RunDetail as Run } from "./api";
import { runMessages } from "./messages";
import { RunActions } from "./RunActions";
import { RunCounts } from "./RunCounts";
import { RunDecisions } from "./RunDecisions";
import { RunDeliveries } from "./RunDeliveries";
import { RunExceptions } from "./RunExceptions";
import { RunFiles } from "./RunFiles";
import { RunFindings } from "./RunFindings";
import { RunLog } from "./RunLog";
import { RunParameters } from "./RunParameters";
import { RunQuarantine } from "./RunQuarantine";
import { RunReason } from "./RunReason";
import { RunState } from "./RunState";
import { RunTabs } from "./RunTabs";
import { type RunTab } from "./tabs";
import { RunTimeline } from "./RunTimeline";
import type { RunEvents } from "./runEvents";
import { useRunStream } from "./useRunStream";

const route = getRouteApi("/_app/runs/$runId");
const text = runMessages.detail;

export function RunDetail() {
  const { runId } = route.useParams();
  const { tab = "overview" } = route.useSearch();
  const query = useQuery(runQuery(runId));
  const { events, stream } = useRunStream(runId, query.data?.state);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const run = query.data;
  if (!run) return <Skeleton height={160} />;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/runs" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={text.heading(run.report_name, run.sequence)}
          documentTitle={`${runMessages.stateName(run.state)} · ${run.report_name} · ${formatDate(run.reporting_date)}`}
          meta={
            <Group gap="sm">
              <RunState state={run.state} isHeld={run.is_held} />
              {run.kind === "supplemental" && <StatusBadge tone="neutral">{text.supplemental}</StatusBadge>}
              <StreamBadge state={stream} />
              <CopyId id={run.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              <RunActions run={run} />
              <CurlButton url={`/api/v1/runs/${run.id}`} />
            </>
          }
        />
        <RunFacts run={run} />
      </div>
      <RunReason run={run} />
      {run.warnings.map((warning) => (
        <Callout key={warning} tone="warning" title={warning} fix={text.warningFix} />
      ))}
      <div>
        <RunTabs run={run} current={tab} />
        <Part tab={tab} run={run} events={events} isLive={stream === "live"} />
      </div>
    </Stack>
  );
}

function RunFacts({ run }: { run: Run }) {
  return (
    <Facts>
      <Fact name={text.reportingDate}>
        <BusinessDate date={run.reporting_date} />
      </Fact>
      <Fact name={text.requested}>
        <Moment at={run.created_at} />
      </Fact>
      <Fact name={text.startedBy}>
        <StartedBy run={run} />
      </Fact>
      <Fact name={text.duration}>
        <span className="or-number">{durationOf(run)}</span>
      </Fact>
      <Fact name={text.version}>{run.version}</Fact>
      <Fact name={text.attempt}>{run.attempt}</Fact>
      {run.parent_run_id && (
        <Fact name={text.parent}>
          <AppLink to="/runs/$runId" params={{ runId: run.parent_run_id }} className="or-mono">
            {run.parent_run_id.slice(-12)}
          </AppLink>
        </Fact>
      )}
      {run.supplements.length > 0 && (
        <Fact name={text.supplements}>
          {run.supplements.map((one) => (
            <div key={one.id}>
              <AppLink to="/runs/$runId" params={{ runId: one.id }} className="or-mono">
                {one.id.slice(-12)}
              </AppLink>{" "}
              <RunState state={one.state} />
            </div>
          ))}
        </Fact>
      )}
    </Facts>
  );
}

function durationOf(run: Run): string {
  if (!run.started_at) return runMessages.notStarted;
  return run.finished_at ? durationBetween(run.started_at, run.finished_at) : runMessages.notFinished;
}

function Part({ tab, run, events, isLive }: { tab: RunTab; run: Run; events: RunEvents; isLive: boolean }) {
  switch (tab) {
    case "log":
      return <RunLog runId={run.id} events={events} isLive={isLive} />;
    case "findings":
      return <RunFindings run={run} />;
    case "exceptions":
      return <RunExceptions runId={run.id} />;
    case "decisions":
      return <RunDecisions runId={run.id} />;
    case "files":
      return <RunFiles runId={run.id} />;
    case "deliveries":
      return <RunDeliveries runId={run.id} />;
    case "parameters":
      return <RunParameters run={run} />;
    case "overview":
      return (
        <Stack gap="lg">
          <RunCounts run={run} />
          <RunSubmission runId={run.id} />
          {run.quarantined > 0 && <RunQuarantine run={run} />}
          <RunTimeline run={run} events={events} />
        </Stack>
      );
  }
}
