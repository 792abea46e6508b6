/** One reconciliation: how far it is, how the sides compare, and every difference that is kept. */
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
  Panel,
  showProblem,
  formatNumber,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { OpenEntryLink } from "@/features/error-register/OpenEntryLink";
import { ExportButton } from "@/lists/ExportButton";
import {
  cancelReconciliation,
  downloadPath,
  isUnderWay,
  reconciliationKeys,
  reconciliationQuery,
  type ReconciliationDetail,
} from "./api";
import { DifferencesPanel } from "./DifferencesPanel";
import { reconciliationMessages as text } from "./messages";
import { ReconciliationStateBadge } from "./ReconciliationBadges";

const route = getRouteApi("/_app/reconciliations/$reconciliationId");

export function ReconciliationPage() {
  const { reconciliationId } = route.useParams();
  const query = useQuery(reconciliationQuery(reconciliationId));
  const mayWrite = useMay("reconciliations:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const one = query.data;
  if (!one) return <Skeleton height={220} />;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/reconciliations" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={one.name}
          meta={
            <>
              <ReconciliationStateBadge state={one.state} />
              <CopyId id={one.id} label={text.copyId} />
            </>
          }
          actions={
            <>
              {mayWrite && isUnderWay(one.state) && <Cancel id={one.id} />}
              {one.state === "done" && <OpenEntryLink kind="reconciliation" id={one.id} />}
              {one.state === "done" && (
                <ExportButton path={() => downloadPath(one.id)} fileName={`differences-${one.id}.csv`}>
                  {text.download}
                </ExportButton>
              )}
              <CurlButton url={`/api/v1/reconciliations/${one.id}`} />
            </>
          }
        />
        <ReconciliationFacts one={one} />
      </div>
      {one.reason && (
        <Callout
          tone={one.state === "failed" ? "failed" : "warning"}
          title={one.state === "failed" ? text.failedTitle : text.doubtfulTitle}
        >
          {one.reason}
        </Callout>
      )}
      {one.state === "done" && (
        <>
          <Summary one={one} />
          <DifferencesPanel one={one} />
        </>
      )}
    </Stack>
  );
}

function Cancel({ id }: { id: string }) {
  const queries = useQueryClient();
  const cancelling = useMutation({
    mutationFn: () => cancelReconciliation(id),
    onSuccess: () => void queries.invalidateQueries({ queryKey: reconciliationKeys.all }),
    onError: showProblem,
  });
  return (
    <Button variant="default" loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
      {text.cancel}
    </Button>
  );
}

function ReconciliationFacts({ one }: { one: ReconciliationDetail }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={facts.report}>
        <AppLink to="/reports/$reportId" params={{ reportId: one.report_id }}>
          {one.report_name}
        </AppLink>
      </Fact>
      <Fact name={facts.period}>{text.period(one.first_date, one.last_date)}</Fact>
      <Fact name={facts.environment}>{text.environments[one.environment]}</Fact>
      {one.state === "done" && <Fact name={facts.submissions}>{formatNumber(one.submission_count)}</Fact>}
      <Fact name={facts.started}>
        <Moment at={one.created_at} />
      </Fact>
      {one.finished_at && (
        <Fact name={facts.finished}>
          <Moment at={one.finished_at} />
        </Fact>
      )}
      {isUnderWay(one.state) && (
        <Fact name={facts.progress}>{`${text.stages[one.stage]} · ${text.rows(one.rows_done)}`}</Fact>
      )}
      <Fact name={facts.hash}>
        <span className="or-mono">{one.sha256}</span>
      </Fact>
    </Facts>
  );
}

function Summary({ one }: { one: ReconciliationDetail }) {
  const { counts } = text;
  return (
    <Panel title={counts.title}>
      <Stack gap="md">
        <Facts>
          <Fact name={counts.ours}>{formatNumber(one.counts.ours)}</Fact>
          <Fact name={counts.theirs}>{formatNumber(one.counts.theirs)}</Fact>
          <Fact name={counts.equal}>{formatNumber(one.counts.equal)}</Fact>
          <Fact name={counts.missing}>{formatNumber(one.counts.missing)}</Fact>
          <Fact name={counts.extra}>{formatNumber(one.counts.extra)}</Fact>
          <Fact name={counts.different}>{formatNumber(one.counts.different)}</Fact>
          <Fact name={counts.fields}>{formatNumber(one.counts.fields)}</Fact>
          <Fact name={text.facts.explained}>{formatNumber(one.explained_count)}</Fact>
        </Facts>
        {one.by_field.length > 0 && (
          <Facts>
            {one.by_field.slice(0, 8).map((field) => (
              <Fact key={field.field} name={field.field}>
                {formatNumber(field.count)}
              </Fact>
            ))}
          </Facts>
        )}
      </Stack>
    </Panel>
  );
}
