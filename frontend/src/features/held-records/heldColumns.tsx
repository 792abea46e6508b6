/** Columns of the list of held records. */
import { Text } from "@mantine/core";
import { AppLink, BusinessDate, Moment, type Column } from "@openreg/ui";
import type { HeldRecord } from "./api";
import { HeldStateBadge } from "./HeldState";
import { heldMessages as text } from "./messages";

const { columns } = text;

export const heldColumns: Column<HeldRecord>[] = [
  {
    key: "record",
    header: columns.record,
    cell: (one) => <span className="or-mono">{one.record_key ?? text.noKey(one.row_number)}</span>,
  },
  { key: "report", header: columns.report, cell: (one) => one.report_name },
  {
    key: "run",
    header: columns.date,
    cell: (one) => (
      <AppLink to="/runs/$runId" params={{ runId: one.run_id }} search={{ tab: "decisions" }}>
        <BusinessDate date={one.reporting_date} />
      </AppLink>
    ),
  },
  {
    key: "why",
    header: columns.why,
    cell: (one) => (
      <>
        <span className="or-mono">{one.code}</span> {one.reason}
      </>
    ),
  },
  { key: "state", header: columns.state, cell: (one) => <HeldStateBadge state={one.state} /> },
  { key: "since", header: columns.since, cell: (one) => <Moment at={one.held_at} /> },
  {
    key: "looked",
    header: columns.looked,
    cell: (one) => (one.looked_at ? <Moment at={one.looked_at} /> : text.neverLooked),
  },
  { key: "note", header: columns.note, cell: (one) => <Decided record={one} /> },
];

function Decided({ record }: { record: HeldRecord }) {
  return (
    <>
      {record.note}
      {record.decided_by && (
        <Text span c="dimmed" size="sm">
          {" "}
          {text.by(record.decided_by)}
        </Text>
      )}
      {record.supplemental_run_id && (
        <>
          {" "}
          <AppLink to="/runs/$runId" params={{ runId: record.supplemental_run_id }}>
            {text.reportedIn}
          </AppLink>
        </>
      )}
    </>
  );
}
