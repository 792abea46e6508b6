/** How often a schedule fires: the fields differ by kind. */
import { Checkbox, Group, NumberInput, Select, TextInput } from "@mantine/core";
import type { Draft } from "./definition";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.form;
const MONTHS = Array.from({ length: 12 }, (_, index) => ({
  value: String(index + 1),
  label: new Date(Date.UTC(2000, index, 1)).toLocaleString("en", { month: "long", timeZone: "UTC" }),
}));
const DAYS = [
  { value: "last", label: text.lastDay },
  ...Array.from({ length: 31 }, (_, index) => ({ value: String(index + 1), label: String(index + 1) })),
];

export interface DraftFieldsProps {
  draft: Draft;
  put: (changed: Partial<Draft>) => void;
}

export function CadenceFields({ draft, put }: DraftFieldsProps) {
  const hasDay = ["monthly", "quarterly", "yearly"].includes(draft.kind);
  return (
    <>
      <Select
        label={text.when}
        data={text.kinds}
        allowDeselect={false}
        value={draft.kind}
        onChange={(kind) => kind && put({ kind: kind as Draft["kind"] })}
      />
      {draft.kind === "weekly" && (
        <Checkbox.Group
          label={text.daysOfWeek}
          value={draft.daysOfWeek}
          onChange={(daysOfWeek) => put({ daysOfWeek })}
        >
          <Group gap="md" pt={4}>
            {text.weekdays.map((name, day) => (
              <Checkbox key={name} value={String(day)} label={name} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <Group gap="md" align="flex-start">
        {draft.kind === "quarterly" && (
          <Select
            label={text.monthOfQuarter}
            data={["1", "2", "3"]}
            allowDeselect={false}
            value={draft.monthOfQuarter}
            onChange={(month) => month && put({ monthOfQuarter: month })}
          />
        )}
        {draft.kind === "yearly" && (
          <Select
            label={text.month}
            data={MONTHS}
            allowDeselect={false}
            value={draft.month}
            onChange={(month) => month && put({ month })}
          />
        )}
        {hasDay && (
          <Select
            label={text.day}
            description={text.dayHint}
            data={DAYS}
            allowDeselect={false}
            value={draft.day}
            onChange={(day) => day && put({ day })}
          />
        )}
        {draft.kind === "working_day" && (
          <>
            <NumberInput
              label={text.nth}
              description={text.nthHint}
              min={-23}
              max={23}
              value={draft.nth}
              onChange={(nth) => typeof nth === "number" && nth !== 0 && put({ nth })}
            />
            <Select
              label={text.of}
              description={" "}
              data={text.periods}
              allowDeselect={false}
              value={draft.of}
              onChange={(of) => of && put({ of: of as Draft["of"] })}
            />
          </>
        )}
      </Group>
      {draft.kind === "cron" ? (
        <TextInput
          label={text.cron}
          description={text.cronHint}
          value={draft.cron}
          onChange={(event) => put({ cron: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          label={text.times}
          description={text.timesHint}
          value={draft.times}
          onChange={(event) => put({ times: event.currentTarget.value })}
        />
      )}
    </>
  );
}
