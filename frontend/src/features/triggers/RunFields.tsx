/** How the run is started: its reporting date and parameters, and what holds it back. */
import { Group, NumberInput, Select, Textarea } from "@mantine/core";
import { DaysBeforeFields, ZoneFields } from "@/features/calendars/ReportingDayFields";
import type { Draft, FieldsProps } from "./definition";
import { triggerMessages } from "./messages";

const text = triggerMessages.form;

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
  return (
    <>
      <DaysBeforeFields days={draft.days} count={draft.count} text={text} put={put} />
      <ZoneFields
        zone={draft.zone}
        calendar={draft.calendar}
        text={text}
        zoneHint={text.zoneHint}
        put={put}
      />
    </>
  );
}
