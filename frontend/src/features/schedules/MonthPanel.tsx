/** A month of fires, as a table of weeks: what became of those that have come, and when the next ones come. */
import { Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { ErrorState, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { monthQuery } from "./api";
import { scheduleMessages } from "./messages";
import { entriesByDay, weeksOf, type DayEntry } from "./month";

const text = scheduleMessages.month;
const SHOWN = 3;

function shifted(month: string, by: number): string {
  const day = new Date(`${month}T00:00:00Z`);
  day.setUTCMonth(day.getUTCMonth() + by);
  return day.toISOString().slice(0, 10);
}

export function MonthPanel({ scheduleId, zone }: { scheduleId: string; zone: string }) {
  const [month, setMonth] = useState(() => `${new Date().toISOString().slice(0, 7)}-01`);
  const query = useQuery(monthQuery(scheduleId, month));
  const title = new Date(`${month}T00:00:00Z`).toLocaleString("en", {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return (
    <Panel title={`${text.title}: ${title}`}>
      <Stack gap="sm">
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={() => setMonth(shifted(month, -1))}>
            {text.previous}
          </Button>
          <Button size="xs" variant="default" onClick={() => setMonth(shifted(month, 1))}>
            {text.next}
          </Button>
        </Group>
        {query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data ? (
          <Weeks month={month} entries={entriesByDay(query.data, zone)} label={title} />
        ) : (
          <Skeleton height={240} />
        )}
      </Stack>
    </Panel>
  );
}

interface WeeksProps {
  month: string;
  entries: Map<string, DayEntry[]>;
  label: string;
}

function Weeks({ month, entries, label }: WeeksProps) {
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table withTableBorder withColumnBorders aria-label={label} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            {scheduleMessages.form.weekdays.map((name) => (
              <Table.Th key={name}>{name.slice(0, 3)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {weeksOf(month).map((week) => (
            <Table.Tr key={week.find(Boolean)}>
              {week.map((day, place) => (
                <Table.Td key={day ?? place} style={{ verticalAlign: "top", height: 64 }}>
                  {day && <Day day={day} entries={entries.get(day) ?? []} />}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Day({ day, entries }: { day: string; entries: DayEntry[] }) {
  return (
    <>
      <Text size="xs" c="dimmed">
        {Number(day.slice(8))}
      </Text>
      {entries.slice(0, SHOWN).map((one) => (
        <Text key={`${one.time} ${one.state}`} size="xs" title={one.reason}>
          <span className="or-mono">{one.time}</span>
          {one.state && ` ${scheduleMessages.stateName(one.state)}`}
        </Text>
      ))}
      {entries.length > SHOWN && <Text size="xs">{text.more(entries.length - SHOWN)}</Text>}
    </>
  );
}
