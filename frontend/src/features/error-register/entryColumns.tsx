/** Columns of the register of errors and omissions. */
import { AppLink, BusinessDate, formatNumber, Moment, type Column } from "@openreg/ui";
import type { Entry } from "./api";
import { EntryState } from "./EntryState";
import { registerMessages as text } from "./messages";

const { columns } = text;

export const entryColumns: Column<Entry>[] = [
  {
    key: "reference",
    header: columns.reference,
    cell: (one) => (
      <AppLink to="/error-register/$registerEntryId" params={{ registerEntryId: one.id }} className="or-mono">
        {one.reference}
      </AppLink>
    ),
  },
  { key: "title", header: columns.title, cell: (one) => one.title },
  { key: "kind", header: columns.kind, cell: (one) => text.kinds[one.kind] },
  { key: "state", header: columns.state, cell: (one) => <EntryState entry={one} /> },
  {
    key: "reports",
    header: columns.reports,
    cell: (one) => one.reports.map((report) => report.name).join(", ") || text.none,
  },
  {
    key: "cause",
    header: columns.cause,
    cell: (one) => (one.root_cause ? text.causes[one.root_cause] : text.none),
  },
  {
    key: "discovered",
    header: columns.discovered,
    cell: (one) => <BusinessDate date={one.discovered_on} />,
  },
  {
    key: "notified",
    header: columns.notified,
    cell: (one) => (one.notified_at ? <Moment at={one.notified_at} /> : text.none),
  },
  {
    key: "records",
    header: columns.records,
    isNumber: true,
    cell: (one) => (one.affected_records === null ? text.none : formatNumber(one.affected_records)),
  },
  {
    key: "actions",
    header: columns.actions,
    isNumber: true,
    cell: (one) => formatNumber(one.open_actions),
  },
];
