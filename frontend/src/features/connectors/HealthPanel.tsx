/** How a connector does: its last tests with their times, the last run through it, and whether the clock tests it. */
import { Select, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  durationBetween,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  Moment,
  Panel,
  showDone,
  StatusBadge,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { RunState } from "@/features/runs/RunState";
import { changeConnector, connectorKeys, healthQuery, type ConnectorHealth } from "./api";
import styles from "./browser.module.css";
import { connectorMessages } from "./messages";

const text = connectorMessages.health;
const HOURS = [1, 6, 24, 168];
const SHOWN_TESTS = 8;

export function HealthPanel({ connectorId }: { connectorId: string }) {
  const query = useQuery(healthQuery(connectorId));
  return (
    <Panel title={text.title}>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={80} />}
      {query.data && (
        <Stack gap="md">
          <Facts>
            <Fact name={text.lastRun}>
              <LastRun run={query.data.last_run} />
            </Fact>
            {query.data.next_test_at && (
              <Fact name={text.next}>
                <Moment at={query.data.next_test_at} />
              </Fact>
            )}
          </Facts>
          <Retest connectorId={connectorId} hours={query.data.retest_every_hours} />
          <LastTests tests={query.data.tests} />
        </Stack>
      )}
    </Panel>
  );
}

function LastRun({ run }: { run: ConnectorHealth["last_run"] }) {
  if (!run) return <Text c="dimmed">{text.noRun}</Text>;
  return (
    <span className={styles.lastTest}>
      <AppLink to="/runs/$runId" params={{ runId: run.run_id }}>
        {run.report_name}
      </AppLink>
      <RunState state={run.state} />
      <span>{text.rows(formatNumber(run.rows_in))}</span>
      {run.started_at && run.finished_at && <span>{durationBetween(run.started_at, run.finished_at)}</span>}
      {run.started_at && <Moment at={run.started_at} />}
    </span>
  );
}

function Retest({ connectorId, hours }: { connectorId: string; hours: number | null }) {
  const mayChange = useMay("connectors:write");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (every: number) => changeConnector(connectorId, { retest_every_hours: every }, null),
    onSuccess: async () => {
      showDone(text.saved);
      await queries.invalidateQueries({ queryKey: connectorKeys.all });
    },
  });
  const offered = [...new Set([...HOURS, ...(hours === null ? [] : [hours])])].sort((a, b) => a - b);
  return (
    <>
      <Select
        label={text.retest}
        description={text.retestHint}
        maw={360}
        data={[
          { value: "0", label: text.never },
          ...offered.map((one) => ({ value: String(one), label: text.every(one) })),
        ]}
        value={String(hours ?? 0)}
        allowDeselect={false}
        disabled={!mayChange || change.isPending}
        onChange={(every) => change.mutate(Number(every))}
      />
      {change.isError && <ErrorState error={change.error} />}
    </>
  );
}

function LastTests({ tests }: { tests: ConnectorHealth["tests"] }) {
  if (tests.length === 0) return <Text c="dimmed">{text.noTests}</Text>;
  return (
    <ul className={styles.uses} aria-label={text.tests}>
      {tests.slice(0, SHOWN_TESTS).map((test) => (
        <li key={test.at}>
          <span className={styles.lastTest}>
            <StatusBadge tone={test.failed_step ? "failed" : "success"}>
              {test.failed_step
                ? connectorMessages.lastTest.failed(test.failed_step)
                : connectorMessages.lastTest.passed}
            </StatusBadge>
            <span>{text.took(formatNumber(test.milliseconds))}</span>
            <Moment at={test.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
