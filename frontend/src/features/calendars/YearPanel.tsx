/** The days off of a year, as a definition makes them; shown while it is being changed, too. */
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { DataTable, ErrorState, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { yearQuery, type CalendarDay, type Definition } from "./api";
import { calendarMessages } from "./messages";

const text = calendarMessages.year;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;
const THIS_YEAR = new Date().getFullYear();

interface Row extends CalendarDay {
  isWorked: boolean;
}

export function YearPanel({ definition }: { definition: Definition }) {
  const [year, setYear] = useState(THIS_YEAR);
  const query = useQuery(yearQuery(definition, year));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} />;
  const rows: Row[] = [
    ...query.data.days.map((one) => ({ ...one, isWorked: false })),
    ...query.data.removed.map((one) => ({ ...one, isWorked: true })),
  ].sort((one, other) => one.date.localeCompare(other.date));
  return (
    <Panel title={text.label(year)}>
      <Stack gap="sm">
        <Group gap="sm">
          <Button size="xs" variant="default" disabled={year <= FIRST_YEAR} onClick={() => setYear(year - 1)}>
            {text.previous}
          </Button>
          <Button size="xs" variant="default" disabled={year >= LAST_YEAR} onClick={() => setYear(year + 1)}>
            {text.next}
          </Button>
        </Group>
        {rows.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <DataTable
            label={text.label(year)}
            columns={columns}
            rows={rows}
            rowKey={(one) => one.date}
            isFetching={query.isFetching}
          />
        )}
      </Stack>
    </Panel>
  );
}

/** A plain day has no zone: Monday is 0. */
function weekdayOf(date: string): string {
  const day = new Date(`${date}T00:00:00Z`).getUTCDay();
  return calendarMessages.weekdays[(day + 6) % 7] ?? "";
}

const columns: Column<Row>[] = [
  { key: "day", header: text.day, cell: (one) => <span className="or-mono">{one.date}</span> },
  { key: "weekday", header: text.weekday, cell: (one) => weekdayOf(one.date) },
  { key: "name", header: text.name, cell: (one) => one.name },
  {
    key: "origin",
    header: text.origin,
    cell: (one) => (one.isWorked ? text.worked : one.is_own ? text.own : text.national),
  },
];
