/** The columns of the queue. */
import { Group, Text, Tooltip } from "@mantine/core";
import { AppLink, BusinessDate, TimeAgo, type Column } from "@openreg/ui";
import type { ListedException, RecordFault } from "./api";
import { DueDate } from "./DueDate";
import styles from "./exceptions.module.css";
import { ExceptionState, SeverityBadge } from "./ExceptionState";
import { exceptionMessages as text } from "./messages";

const MOST_LINES = 3;

export function nameOf(one: ListedException): string {
  return one.record_key ?? text.noKey(one.row_number);
}

/** `faults` come after the list: they are judged out of the stored rows. */
export function columnsWith(faults: ReadonlyMap<string, RecordFault>): Column<ListedException>[] {
  const faultOf = (one: ListedException) => faults.get(one.id);
  const values = (one: ListedException) => faultOf(one)?.values ?? [];
  return [
    ...identity,
    {
      key: "severity",
      header: text.columns.severity,
      cell: (one) => <Severity fault={faultOf(one)} />,
    },
    {
      key: "field",
      header: text.columns.field,
      cell: (one) => <Lines lines={values(one).map((value) => value.column)} />,
    },
    {
      key: "value",
      header: text.columns.value,
      cell: (one) => <Lines lines={values(one).map(shownValue)} />,
    },
    ...standing,
  ];
}

function shownValue({ value, is_masked: isMasked }: RecordFault["values"][number]): string {
  if (isMasked && value !== null) return text.value.masked;
  return value === null ? text.value.null : value === "" ? text.value.emptyText : value;
}

/** Of a rule that looks at many columns the first. */
function Lines({ lines }: { lines: string[] }) {
  return (
    <>
      {lines.slice(0, MOST_LINES).map((line, place) => (
        <div key={place} className={`or-mono ${styles.line}`} title={line}>
          {line}
        </div>
      ))}
      {lines.length > MOST_LINES && <Muted>{text.more(lines.length - MOST_LINES)}</Muted>}
    </>
  );
}

function Severity({ fault }: { fault: RecordFault | undefined }) {
  if (!fault) return null;
  return fault.severity === null ? <Muted>{text.passes}</Muted> : <SeverityBadge severity={fault.severity} />;
}

const identity: Column<ListedException>[] = [
  {
    key: "record",
    header: text.columns.record,
    cell: (one) => (
      <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: one.id }} className="or-mono">
        {nameOf(one)}
      </AppLink>
    ),
  },
  {
    key: "state",
    header: text.columns.state,
    cell: (one) => <ExceptionState state={one.state} isProposed={one.proposed_by !== null} />,
  },
  {
    key: "rule",
    header: text.columns.rule,
    cell: (one) => <Rules ids={one.rule_ids} />,
  },
];

const standing: Column<ListedException>[] = [
  { key: "report", header: text.columns.report, cell: (one) => one.report_name },
  {
    key: "run",
    header: text.columns.run,
    cell: (one) => (
      <AppLink to="/runs/$runId" params={{ runId: one.run_id }} search={{ tab: "exceptions" }}>
        <BusinessDate date={one.reporting_date} />
      </AppLink>
    ),
  },
  {
    key: "age",
    header: text.columns.age,
    sortKey: "created_at",
    cell: (one) => <TimeAgo at={one.created_at} />,
  },
  {
    key: "due",
    header: text.columns.due,
    sortKey: "due_at",
    cell: (one) => <DueDate dueAt={one.due_at} state={one.state} />,
  },
  {
    key: "assignee",
    header: text.columns.assignee,
    cell: (one) => one.assignee_name ?? <Muted>{text.nobody}</Muted>,
  },
];

/** The rule that set the record aside, and how many others failed. */
function Rules({ ids }: { ids: string[] }) {
  const [first, ...others] = ids;
  if (first === undefined) return <Muted>{text.noRule}</Muted>;
  return (
    <Group gap="xs" wrap="nowrap">
      <span className="or-mono or-whole">{first}</span>
      {others.length > 0 && (
        <Tooltip label={text.moreTitle(others.join(", "))}>
          <Text span size="xs" c="dimmed">
            {text.more(others.length)}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}

function Muted({ children }: { children: string }) {
  return (
    <Text span inherit c="dimmed">
      {children}
    </Text>
  );
}
