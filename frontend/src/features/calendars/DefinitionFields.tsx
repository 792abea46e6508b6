/** What makes a calendar: the one it is based on, its weekend, and the days that differ. */
import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { DataTable, DateField, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { nationalQuery, type Definition } from "./api";
import { calendarMessages } from "./messages";

const text = calendarMessages.form;
const WEEKEND = [5, 6];

interface DefinitionFieldsProps {
  definition: Definition;
  onChange: (definition: Definition) => void;
}

export function DefinitionFields({ definition, onChange }: DefinitionFieldsProps) {
  const national = useQuery(nationalQuery()).data?.items ?? [];
  const weekend = definition.weekend ?? WEEKEND;
  return (
    <Stack gap="md">
      <Select
        label={text.basedOn}
        description={text.basedOnHint}
        searchable
        clearable
        data={national.map((one) => ({ value: one.code, label: `${one.code} – ${one.title}` }))}
        value={definition.based_on ?? null}
        onChange={(code) => onChange({ ...definition, based_on: code })}
      />
      <Checkbox.Group
        label={text.weekend}
        value={weekend.map(String)}
        onChange={(days) => days.length <= 3 && onChange({ ...definition, weekend: days.map(Number).sort() })}
      >
        <Group gap="md" pt={4}>
          {calendarMessages.weekdays.map((name, day) => (
            <Checkbox key={name} value={String(day)} label={name} />
          ))}
        </Group>
      </Checkbox.Group>
      <OwnDays definition={definition} onChange={onChange} />
    </Stack>
  );
}

interface OwnDay {
  date: string;
  name: string;
  isAdded: boolean;
}

function OwnDays({ definition, onChange }: DefinitionFieldsProps) {
  const [day, setDay] = useState("");
  const [name, setName] = useState("");
  const added = definition.added ?? [];
  const removed = definition.removed ?? [];
  const without = (date: string): Definition => ({
    ...definition,
    added: added.filter((one) => one.date !== date),
    removed: removed.filter((one) => one !== date),
  });

  function put(isAdded: boolean) {
    const rest = without(day);
    onChange(
      isAdded
        ? { ...rest, added: [...(rest.added ?? []), { date: day, name }] }
        : { ...rest, removed: [...(rest.removed ?? []), day] },
    );
    setDay("");
    setName("");
  }

  const days: OwnDay[] = [
    ...added.map((one) => ({ date: one.date, name: one.name ?? "", isAdded: true })),
    ...removed.map((date) => ({ date, name: "", isAdded: false })),
  ].sort((one, other) => one.date.localeCompare(other.date));
  const columns: Column<OwnDay>[] = [
    { key: "day", header: text.day, cell: (one) => one.date },
    { key: "kind", header: text.kind, cell: (one) => (one.isAdded ? text.added : text.removed) },
    { key: "name", header: text.dayName, cell: (one) => one.name },
    {
      key: "actions",
      header: text.actions,
      cell: (one) => (
        <Button
          size="xs"
          variant="default"
          aria-label={text.removeDay(one.date)}
          onClick={() => onChange(without(one.date))}
        >
          {text.action}
        </Button>
      ),
    },
  ];
  return (
    <Panel title={text.days}>
      <Stack gap="sm">
        {days.length === 0 ? (
          <Text c="dimmed">{text.noDays}</Text>
        ) : (
          <DataTable label={text.days} columns={columns} rows={days} rowKey={(one) => one.date} />
        )}
        <Group gap="sm" align="flex-end">
          <DateField label={text.day} value={day} onChange={setDay} />
          <TextInput
            label={text.dayName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button variant="default" disabled={day === ""} onClick={() => put(true)}>
            {text.close}
          </Button>
          <Button variant="default" disabled={day === ""} onClick={() => put(false)}>
            {text.open}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
