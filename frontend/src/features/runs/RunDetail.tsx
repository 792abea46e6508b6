/** One run: the pattern of every detail screen. */
import { Skeleton, Stack } from "@mantine/core";
import { BusinessDate, CopyId, CurlButton, ErrorState, Fact, Facts, Moment, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { runQuery } from "./api";
import { runMessages } from "./messages";
import { RunState } from "./RunState";

const route = getRouteApi("/_app/runs/$runId");
const text = runMessages.detail;

export function RunDetail() {
  const { runId } = route.useParams();
  const query = useQuery(runQuery(runId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const run = query.data;
  if (!run) return <Skeleton height={160} />;
  return (
    <Stack gap="lg">
      <PageHeader
        title={text.title(run.sequence)}
        documentTitle={`${run.state} · ${text.title(run.sequence)}`}
        meta={
          <>
            <RunState state={run.state} />
            <CopyId id={run.id} label={text.copyId} />
          </>
        }
        actions={<CurlButton url={`/api/v1/runs/${run.id}`} />}
      />
      <Facts>
        <Fact name={text.reportingDate}>
          <BusinessDate date={run.reporting_date} />
        </Fact>
        <Fact name={text.created}>
          <Moment at={run.created_at} />
        </Fact>
        <Fact name={text.started}>
          <Moment at={run.started_at} />
        </Fact>
        <Fact name={text.finished}>
          <Moment at={run.finished_at} />
        </Fact>
        <Fact name={text.attempt}>{run.attempt}</Fact>
      </Facts>
    </Stack>
  );
}
