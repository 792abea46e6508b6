/** What the regulator answered to a submission: the files that came, and by which rules it rejects records. */
import { Stack, Text } from "@mantine/core";
import { AppLink, DataTable, ErrorState, formatNumber, Moment, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { feedbackListQuery, type Feedback } from "@/features/feedback/api";
import { FeedbackStateBadge } from "@/features/feedback/FeedbackStateBadge";
import { rejectionsQuery, type Rejection, type SubmissionDetail } from "./api";
import { submissionMessages } from "./messages";
import styles from "./submissions.module.css";

const text = submissionMessages.feedback;

export function SubmissionFeedback({ submission }: { submission: SubmissionDetail }) {
  const mayRead = useMay("feedback:read");
  if (!mayRead || submission.state === "prepared" || submission.state === "approved") return null;
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        <Answers submission={submission} />
        {submission.counts.rejected > 0 && <Rejections submission={submission} />}
      </Stack>
    </Panel>
  );
}

function Answers({ submission }: { submission: SubmissionDetail }) {
  const query = useQuery(feedbackListQuery({ submission_id: submission.id }));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <Text c="dimmed">{text.none}</Text>;
  return (
    <>
      <DataTable
        label={text.answers}
        columns={answerColumns}
        rows={query.data?.items}
        rowKey={(one) => one.id}
        rowName={(one) => one.name}
      />
      {query.data?.next_cursor && (
        <AppLink to="/feedback" search={{ submission_id: submission.id }} size="sm">
          {text.more}
        </AppLink>
      )}
    </>
  );
}

function Rejections({ submission }: { submission: SubmissionDetail }) {
  const query = useQuery(rejectionsQuery(submission));
  const mayWork = useMay("exceptions:read");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <Text fw={600}>{text.rejections}</Text>
      <DataTable
        label={text.rejections}
        columns={rejectionColumns}
        rows={query.data?.items}
        rowKey={(one) => one.rule_id ?? ""}
      />
      {mayWork && (
        <AppLink to="/exceptions" search={{ run_id: submission.run_id, origin: "feedback" }} size="sm">
          {text.exceptions}
        </AppLink>
      )}
    </>
  );
}

const { columns: names } = text;

const answerColumns: Column<Feedback>[] = [
  {
    key: "name",
    header: names.name,
    cell: (one) => (
      <AppLink to="/feedback/$feedbackId" params={{ feedbackId: one.id }} className={styles.answer}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "state", header: names.state, cell: (one) => <FeedbackStateBadge state={one.state} /> },
  { key: "status", header: names.status, cell: (one) => one.file_status ?? text.noStatus },
  {
    key: "accepted",
    header: names.accepted,
    isNumber: true,
    cell: (one) => formatNumber(one.counts.accepted),
  },
  { key: "pending", header: names.pending, isNumber: true, cell: (one) => formatNumber(one.counts.pending) },
  {
    key: "rejected",
    header: names.rejected,
    isNumber: true,
    cell: (one) => formatNumber(one.counts.rejected),
  },
  { key: "received", header: names.received, cell: (one) => <Moment at={one.received_at} /> },
];

const rejectionColumns: Column<Rejection>[] = [
  {
    key: "rule",
    header: names.rule,
    cell: (one) => <span className="or-mono">{one.rule_id ?? text.noRule}</span>,
  },
  { key: "text", header: names.text, cell: (one) => one.text ?? "" },
  { key: "field", header: names.field, cell: (one) => one.field ?? "" },
  { key: "records", header: names.records, isNumber: true, cell: (one) => formatNumber(one.records) },
];
