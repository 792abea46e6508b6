/** Zone, calendar, reporting date, what it waits for, and what is made up for. */
import { Group, MultiSelect, NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { DaysBeforeFields, ZoneFields } from "@/features/calendars/ReportingDayFields";
import { startableReportsQuery } from "@/features/runs/api";
import type { DraftFieldsProps } from "./CadenceFields";
import type { Draft } from "./definition";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.form;

export function DayFields({ draft, put }: DraftFieldsProps) {
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  return (
    <>
      <ZoneFields zone={draft.zone} calendar={draft.calendar} text={text} put={put} />
      <Select
        label={text.onClosed}
        data={text.closed}
        allowDeselect={false}
        disabled={draft.calendar === null}
        value={draft.onClosed}
        onChange={(onClosed) => onClosed && put({ onClosed: onClosed as Draft["onClosed"] })}
      />
      <DaysBeforeFields days={draft.days} count={draft.count} text={text} put={put} />
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
