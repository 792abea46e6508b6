/** How a webhook has done: attempts, success, times, and what waits. */
import { SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { CodeList, ErrorState, Fact, Facts, Moment, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChartPanel } from "@openreg/ui/charts";
import { AccessFacts } from "./AccessFacts";
import { webhookQuery, webhookStatsQuery, type WebhookStats } from "./api";
import { statsWindows } from "./logSearch";
import { webhookMessages } from "./messages";
import { answerChart, attemptChart } from "./stats";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId/");
const text = webhookMessages.stats;

export function WebhookOverview() {
  const { webhookId } = route.useParams();
  const { window = "day" } = route.useSearch();
  const navigate = route.useNavigate();
  const webhook = useQuery(webhookQuery(webhookId)).data;
  const stats = useQuery(webhookStatsQuery(webhookId, window));
  return (
    <Stack gap="lg">
      {webhook && (
        <Facts>
          <Fact name={webhookMessages.columns.events}>
            <CodeList words={webhook.event_types} />
          </Fact>
          {webhook.report_ids.length > 0 && (
            <Fact name={webhookMessages.reports}>
              {webhookMessages.reportCount(webhook.report_ids.length)}
            </Fact>
          )}
          {webhook.regimes.length > 0 && (
            <Fact name={webhookMessages.regimes}>
              <CodeList words={webhook.regimes} />
            </Fact>
          )}
          <Fact name={webhookMessages.timeout}>{webhookMessages.seconds(webhook.timeout_seconds)}</Fact>
          <AccessFacts webhook={webhook} />
          <Fact name={text.health}>
            {text.breaker[webhook.health.breaker]}
            {webhook.health.failing_since !== null && (
              <>
                {text.failingSince} <Moment at={webhook.health.failing_since} />
              </>
            )}
          </Fact>
          <Fact name={webhookMessages.columns.created}>
            <Moment at={webhook.created_at} />
          </Fact>
        </Facts>
      )}
      <SegmentedControl
        aria-label={text.window}
        style={{ alignSelf: "flex-start" }}
        data={statsWindows.map((one) => ({ value: one, label: text.windowName[one] }))}
        value={window}
        onChange={(chosen) => {
          const found = statsWindows.find((one) => one === chosen);
          void navigate({ search: found === "day" ? {} : { window: found }, replace: true });
        }}
      />
      {stats.isError && <ErrorState error={stats.error} onRetry={() => void stats.refetch()} />}
      {stats.isPending && <Skeleton height={320} />}
      {stats.data && <Figures stats={stats.data} window={window} />}
    </Stack>
  );
}

function Figures({ stats, window }: { stats: WebhookStats; window: (typeof statsWindows)[number] }) {
  return (
    <>
      <Panel title={text.title}>
        <Facts>
          <Fact name={text.attempts}>{text.number(stats.attempts)}</Fact>
          <Fact name={text.success}>{text.share(stats.success_rate)}</Fact>
          <Fact name={text.retries}>{text.number(stats.retries)}</Fact>
          <Fact name={text.p50}>{text.milliseconds(stats.p50_ms)}</Fact>
          <Fact name={text.p95}>{text.milliseconds(stats.p95_ms)}</Fact>
          <Fact name={text.p99}>{text.milliseconds(stats.p99_ms)}</Fact>
          <Fact name={text.pending}>{text.number(stats.pending)}</Fact>
          <Fact name={text.oldest}>
            {stats.oldest_pending_at === null ? text.nothing : <Moment at={stats.oldest_pending_at} />}
          </Fact>
        </Facts>
      </Panel>
      <ChartPanel
        title={text.overTime}
        data={attemptChart(stats, window)}
        summary={text.summary(stats.attempts, stats.succeeded)}
        none={text.none}
      />
      <ChartPanel
        title={text.byAnswer}
        data={answerChart(stats)}
        summary={text.answersSummary(stats.answers)}
        none={text.none}
        isLying
      />
    </>
  );
}
