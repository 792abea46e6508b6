/** Zone, calendar, reporting date, what it waits for, and what is made up for. */
import { Group, MultiSelect, NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { calendarsQuery, nationalQuery } from "@/features/calendars/api";
import { startableReportsQuery } from "@/features/runs/api";
import type { DraftFieldsProps } from "./CadenceFields";
import type { Draft } from "./definition";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.form;
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

export function DayFields({ draft, put }: DraftFieldsProps) {
  const maySee = useMay("calendars:read");
  const national = useQuery({ ...nationalQuery(), enabled: maySee }).data?.items ?? [];
  const own = useQuery({ ...calendarsQuery({}), enabled: maySee }).data?.items ?? [];
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const calendars = [
    ...own.map((one) => ({ value: one.name, label: one.title || one.name })),
    ...national.map((one) => ({ value: one.code, label: `${one.code} – ${one.title}` })),
  ];
  if (draft.calendar && !calendars.some((one) => one.value === draft.calendar))
    calendars.unshift({ value: draft.calendar, label: draft.calendar });
  return (
    <>
      <Group gap="md" grow align="flex-start">
        <Select
          label={text.zone}
          description={" "}
          data={ZONES}
          searchable
          allowDeselect={false}
          value={draft.zone}
          onChange={(zone) => zone && put({ zone })}
        />
        <Select
          label={text.calendar}
          description={text.calendarHint}
          data={calendars}
          searchable
          clearable
          value={draft.calendar}
          onChange={(calendar) => put({ calendar })}
        />
      </Group>
      <Select
        label={text.onClosed}
        data={text.closed}
        allowDeselect={false}
        disabled={draft.calendar === null}
        value={draft.onClosed}
        onChange={(onClosed) => onClosed && put({ onClosed: onClosed as Draft["onClosed"] })}
      />
      <Group gap="md" grow align="flex-start">
        <NumberInput
          label={text.days}
          description={text.daysHint}
          prefix="T+"
          min={0}
          max={366}
          value={draft.days}
          onChange={(days) => typeof days === "number" && put({ days })}
        />
        <Select
          label={text.count}
          description={" "}
          data={text.counts}
          allowDeselect={false}
          value={draft.count}
          onChange={(count) => count && put({ count: count as Draft["count"] })}
        />
      </Group>
      <Textarea
        label={text.blackouts}
        description={text.blackoutsHint}
        autosize
        minRows={2}
        value={draft.blackouts}
        onChange={(event) => put({ blackouts: event.currentTarget.value })}
      />
      <Textarea
        label={text.parameters}
        description={text.parametersHint}
        autosize
        minRows={2}
        value={draft.parameters}
        onChange={(event) => put({ parameters: event.currentTarget.value })}
      />
      <Group gap="md" grow align="flex-start">
        <MultiSelect
          label={text.dependencies}
          description={text.dependenciesHint}
          data={reports.map((one) => ({ value: one.id, label: one.name }))}
          value={draft.dependencies}
          onChange={(dependencies) => put({ dependencies })}
        />
        <NumberInput
          label={text.wait}
          description={" "}
          min={1}
          max={20160}
          disabled={draft.dependencies.length === 0}
          value={draft.wait}
          onChange={(wait) => typeof wait === "number" && put({ wait })}
        />
      </Group>
      <Select
        label={text.missed}
        data={text.missedRules}
        allowDeselect={false}
        value={draft.missed}
        onChange={(missed) => missed && put({ missed: missed as Draft["missed"] })}
      />
    </>
  );
}
