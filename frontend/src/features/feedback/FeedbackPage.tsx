/** One file of feedback: what it says of messages and records, and what can be done with it. */
import { Button, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  Callout,
  CopyId,
  CurlButton,
  DataTable,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  Panel,
  showProblem,
  type Column,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { OpenEntryLink } from "@/features/error-register/OpenEntryLink";
import {
  cancelFeedback,
  feedbackKeys,
  feedbackQuery,
  isRepeatable,
  isUnderWay,
  retryFeedback,
  type FeedbackDetail,
  type FeedbackMessage,
} from "./api";
import { AssignDialog } from "./AssignDialog";
import { FeedbackRecords } from "./FeedbackRecords";
import { FeedbackStateBadge } from "./FeedbackStateBadge";
import { feedbackMessages as text } from "./messages";
import { SubmissionLink } from "./SubmissionLink";
import { RuleWords } from "./RuleWords";

const route = getRouteApi("/_app/feedback/$feedbackId");

export function FeedbackPage() {
  const { feedbackId } = route.useParams();
  const query = useQuery(feedbackQuery(feedbackId));
  const mayWrite = useMay("feedback:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const file = query.data;
  if (!file) return <Skeleton height={220} />;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/feedback" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={file.name}
          meta={
            <>
              <FeedbackStateBadge state={file.state} />
              <CopyId id={file.id} label={text.copyId} />
            </>
          }
          actions={
            <>
              {mayWrite && <Actions file={file} />}
              <OpenEntryLink kind="feedback" id={file.id} />
              <CurlButton url={`/api/v1/feedback/${file.id}`} />
            </>
          }
        />
        <FileFacts file={file} />
      </div>
      {file.reason && (
        <Callout
          tone={file.state === "refused" ? "failed" : "warning"}
          title={file.state === "applied" ? text.partly : text.notApplied}
        >
          {file.reason}
        </Callout>
      )}
      {file.messages.length > 0 && (
        <Panel title={text.messages}>
          <DataTable
            label={text.messages}
            columns={messageColumns}
            rows={file.messages}
            rowKey={(one) => String(one.number)}
          />
        </Panel>
      )}
      <FeedbackRecords key={file.state} feedbackId={feedbackId} />
    </Stack>
  );
}

function Actions({ file }: { file: FeedbackDetail }) {
  const queries = useQueryClient();
  const [isAssigning, setIsAssigning] = useState(false);
  const options = {
    onSuccess: () => void queries.invalidateQueries({ queryKey: feedbackKeys.all }),
    onError: showProblem,
  };
  const retrying = useMutation({ mutationFn: () => retryFeedback(file.id), ...options });
  const cancelling = useMutation({ mutationFn: () => cancelFeedback(file.id), ...options });
  return (
    <>
      {isUnderWay(file.state) && (
        <Button variant="default" loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
          {text.cancel}
        </Button>
      )}
      {isRepeatable(file.state) && (
        <>
          <Button variant="default" loading={retrying.isPending} onClick={() => retrying.mutate()}>
            {text.retry}
          </Button>
          <Button onClick={() => setIsAssigning(true)}>{text.assign}</Button>
        </>
      )}
      <AssignDialog feedbackId={file.id} isOpen={isAssigning} onClose={() => setIsAssigning(false)} />
    </>
  );
}

function FileFacts({ file }: { file: FeedbackDetail }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={facts.format}>{file.format ?? facts.none}</Fact>
      <Fact name={facts.status}>{file.file_status ?? facts.none}</Fact>
      <Fact name={facts.submission}>
        <SubmissionLink file={file} />
      </Fact>
      {file.receiver && <Fact name={facts.receiver}>{file.receiver}</Fact>}
      <Fact name={facts.received}>
        <Moment at={file.received_at} />
      </Fact>
      {file.applied_at && (
        <Fact name={facts.applied}>
          <Moment at={file.applied_at} />
        </Fact>
      )}
      {isUnderWay(file.state) && <Fact name={facts.size}>{text.rowsDone(file.rows_done)}</Fact>}
      {file.assign_reason && <Fact name={facts.assigned}>{file.assign_reason}</Fact>}
      <Fact name={facts.hash}>
        <span className="or-mono">{file.sha256}</span>
      </Fact>
    </Facts>
  );
}

const { messageColumns: names } = text;

const messageColumns: Column<FeedbackMessage>[] = [
  { key: "id", header: names.id, cell: (one) => one.message_id ?? text.facts.none },
  { key: "status", header: names.status, cell: (one) => one.status ?? text.facts.none },
  { key: "total", header: names.total, isNumber: true, cell: (one) => one.total ?? text.facts.none },
  { key: "stated", header: names.stated, cell: (one) => text.counts(one.stated) },
  { key: "listed", header: names.listed, cell: (one) => text.counts(one.listed) },
  {
    key: "inferred",
    header: names.inferred,
    cell: (one) =>
      one.submission_id ? (one.infers_accepted ? text.inferred : text.notInferred) : text.notOurs,
  },
  {
    key: "submission",
    header: names.submission,
    cell: (one) =>
      one.submission_id && (
        <AppLink to="/submissions/$submissionId" params={{ submissionId: one.submission_id }}>
          {text.openSubmission}
        </AppLink>
      ),
  },
  { key: "rules", header: names.rules, cell: (one) => <RuleWords rules={one.rules} /> },
];
