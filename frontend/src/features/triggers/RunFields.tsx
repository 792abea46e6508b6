/** How the run is started: its reporting date and parameters, and what holds it back. */
import { Group, NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { calendarsQuery, nationalQuery } from "@/features/calendars/api";
import type { Draft, FieldsProps } from "./definition";
import { triggerMessages } from "./messages";

const text = triggerMessages.form;
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

export function RunFields({ draft, put }: FieldsProps) {
  return (
    <>
      {draft.kind !== "run_event" && <DateFields draft={draft} put={put} />}
      <Textarea
        label={text.parameters}
        description={text.parametersHint[draft.kind]}
        autosize
        minRows={2}
        value={draft.parameters}
        onChange={(event) => put({ parameters: event.currentTarget.value })}
      />
      <Group gap="md" grow align="flex-start">
        <NumberInput
          label={text.interval}
          description={text.intervalHint}
          min={0}
          max={10080}
          value={draft.interval}
          onChange={(interval) => typeof interval === "number" && put({ interval })}
        />
        {draft.kind !== "api" && (
          <Select
            label={text.whileRunning}
            description={" "}
            data={text.whileRunningChoices}
            allowDeselect={false}
            value={draft.whileRunning}
            onChange={(chosen) => chosen && put({ whileRunning: chosen as Draft["whileRunning"] })}
          />
        )}
      </Group>
    </>
  );
}

function DateFields({ draft, put }: FieldsProps) {
  const maySee = useMay("calendars:read");
  const national = useQuery({ ...nationalQuery(), enabled: maySee }).data?.items ?? [];
  const own = useQuery({ ...calendarsQuery({}), enabled: maySee }).data?.items ?? [];
  const calendars = [
    ...own.map((one) => ({ value: one.name, label: one.title || one.name })),
    ...national.map((one) => ({ value: one.code, label: `${one.code} – ${one.title}` })),
  ];
  if (draft.calendar && !calendars.some((one) => one.value === draft.calendar))
    calendars.unshift({ value: draft.calendar, label: draft.calendar });
  return (
    <>
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
      <Group gap="md" grow align="flex-start">
        <Select
          label={text.zone}
          description={text.zoneHint}
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
    </>
  );
}
