/** One submission: what it waits for, its records, its day, its files, and everything that happened to it. */
import { Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  Callout,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { OpenEntryLink } from "@/features/error-register/OpenEntryLink";
import { submissionQuery, type SubmissionDetail as Submission } from "./api";
import { submissionMessages as text } from "./messages";
import { Completeness, RecordCounts } from "./RecordCounts";
import { SubmissionActions } from "./SubmissionActions";
import { Chain, Deliveries, Files, History } from "./SubmissionParts";
import { SubmissionFeedback } from "./SubmissionFeedback";
import { SubmissionState } from "./SubmissionState";

const route = getRouteApi("/_app/submissions/$submissionId");

export function SubmissionDetail() {
  const { submissionId } = route.useParams();
  const query = useQuery(submissionQuery(submissionId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const { body: submission, etag } = query.data;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/submissions" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={submission.reference}
          description={`${text.kindName(submission.kind)} · ${submission.report_name}`}
          meta={
            <Group gap="sm">
              <SubmissionState submission={submission} />
              <CopyId id={submission.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              <SubmissionActions submission={submission} etag={etag} />
              <OpenEntryLink kind="submission" id={submission.id} />
              <CurlButton url={`/api/v1/submissions/${submission.id}`} />
            </>
          }
        />
        <SubmissionFacts submission={submission} />
      </div>
      <Waiting submission={submission} />
      <RecordCounts submission={submission} />
      <SubmissionFeedback submission={submission} />
      <Completeness submission={submission} />
      <Chain submission={submission} />
      <Files submission={submission} />
      <Deliveries submission={submission} />
      <History submission={submission} />
    </Stack>
  );
}

function SubmissionFacts({ submission }: { submission: Submission }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={facts.date}>
        <BusinessDate date={submission.reporting_date} />
      </Fact>
      <Fact name={facts.due}>{submission.due_at ? <Moment at={submission.due_at} /> : text.noDeadline}</Fact>
      <Fact name={facts.sent}>{submission.sent_at ? <Moment at={submission.sent_at} /> : text.notSent}</Fact>
      {submission.settled_at && (
        <Fact name={facts.settled}>
          <Moment at={submission.settled_at} />
        </Fact>
      )}
      {submission.file_status && <Fact name={facts.fileStatus}>{submission.file_status}</Fact>}
      <Fact name={facts.run}>
        <AppLink to="/runs/$runId" params={{ runId: submission.run_id }}>
          {text.runLink}
        </AppLink>
      </Fact>
      <Fact name={facts.started}>{submission.started_by}</Fact>
      {submission.released_by && <Fact name={facts.released}>{submission.released_by}</Fact>}
      {submission.approved_by && <Fact name={facts.approved}>{submission.approved_by}</Fact>}
      {submission.overridden_by && <Fact name={facts.overridden}>{submission.overridden_by}</Fact>}
    </Facts>
  );
}

function Waiting({ submission }: { submission: Submission }) {
  const { hold, may_approve, override_reason, withdrawn_reason } = submission;
  return (
    <>
      {hold !== "none" && (
        <Callout
          tone="warning"
          title={text.holdName(hold)}
          fix={hold === "approval" && !may_approve ? text.hold.approvalOwn : text.hold[hold]}
        />
      )}
      {override_reason && <Callout tone="warning" title={text.reasonOfOverride} fix={override_reason} />}
      {withdrawn_reason && <Callout tone="warning" title={text.reasonOfWithdrawal} fix={withdrawn_reason} />}
    </>
  );
}
