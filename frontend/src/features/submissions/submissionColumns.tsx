/** Columns of the list of submissions. */
import { AppLink, BusinessDate, formatNumber, Moment, type Column } from "@openreg/ui";
import type { Submission } from "./api";
import { submissionMessages as text } from "./messages";
import { SubmissionState } from "./SubmissionState";

const { columns } = text;

export const submissionColumns: Column<Submission>[] = [
  {
    key: "reference",
    header: columns.reference,
    cell: (one) => (
      <AppLink to="/submissions/$submissionId" params={{ submissionId: one.id }} className="or-mono">
        {one.reference}
      </AppLink>
    ),
  },
  { key: "report", header: columns.report, cell: (one) => one.report_name },
  { key: "date", header: columns.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
  { key: "kind", header: columns.kind, cell: (one) => text.kindName(one.kind) },
  { key: "state", header: columns.state, cell: (one) => <SubmissionState submission={one} /> },
  {
    key: "records",
    header: columns.records,
    isNumber: true,
    cell: (one) => formatNumber(one.counts.records),
  },
  {
    key: "accepted",
    header: columns.accepted,
    isNumber: true,
    cell: (one) => formatNumber(one.counts.accepted),
  },
  {
    key: "rejected",
    header: columns.rejected,
    isNumber: true,
    cell: (one) => formatNumber(one.counts.rejected),
  },
  {
    key: "due",
    header: columns.due,
    cell: (one) => (one.due_at ? <Moment at={one.due_at} /> : text.noDeadline),
  },
  {
    key: "sent",
    header: columns.sent,
    cell: (one) => (one.sent_at ? <Moment at={one.sent_at} /> : text.notSent),
  },
];
