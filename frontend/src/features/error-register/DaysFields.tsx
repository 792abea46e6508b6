/** The days that an entry names, one below the other. */
import { ActionIcon, Button, Fieldset, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { DateField } from "@openreg/ui";
import { IconTrash } from "@tabler/icons-react";
import type { Choice } from "@/lists/choices";
import { MOST_DAYS, type DraftDay } from "./draft";
import { registerMessages } from "./messages";

const text = registerMessages.form;

interface DaysFieldsProps {
  days: DraftDay[];
  reports: Choice[];
  onChange: (days: DraftDay[]) => void;
}

export function DaysFields({ days, reports, onChange }: DaysFieldsProps) {
  const put = (index: number, part: Partial<DraftDay>) =>
    onChange(days.map((one, at) => (at === index ? { ...one, ...part } : one)));
  if (days.length > MOST_DAYS)
    return (
      <Fieldset legend={text.days}>
        <Text size="sm">{text.manyDays(days.length)}</Text>
      </Fieldset>
    );
  return (
    <Fieldset legend={text.days}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {text.daysHint}
        </Text>
        {days.map((day, index) => (
          // Rows have nothing of their own that tells them apart while they are typed.
          <Group key={index} grow preventGrowOverflow={false} wrap="nowrap" align="end" gap="sm">
            <Select
              label={text.dayReport}
              searchable
              data={reports}
              value={day.report_id || null}
              onChange={(value) => put(index, { report_id: value ?? "" })}
            />
            <DateField
              label={text.day}
              value={day.reporting_date}
              onChange={(reporting_date) => put(index, { reporting_date })}
            />
            <TextInput
              label={text.dayRecords}
              inputMode="numeric"
              value={day.records}
              onChange={(event) => put(index, { records: event.currentTarget.value })}
            />
            <ActionIcon
              variant="default"
              size="lg"
              flex="0 0 auto"
              aria-label={text.removeDay(day.reporting_date)}
              onClick={() => onChange(days.filter((_, at) => at !== index))}
            >
              <IconTrash size={14} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() =>
              onChange([
                ...days,
                {
                  report_id: reports.length === 1 ? (reports[0]?.value ?? "") : "",
                  reporting_date: "",
                  records: "",
                },
              ])
            }
          >
            {text.addDay}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
