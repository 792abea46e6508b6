/** The columns of the queue. */
import { Group, Text, Tooltip } from "@mantine/core";
import { AppLink, BusinessDate, TimeAgo, type Column } from "@openreg/ui";
import type { ListedException } from "./api";
import { DueDate } from "./DueDate";
import { ExceptionState } from "./ExceptionState";
import { exceptionMessages as text } from "./messages";

export function nameOf(one: ListedException): string {
  return one.record_key ?? text.noKey(one.row_number);
}

export const columns: Column<ListedException>[] = [
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
