/** Fields of whatever starts runs: in which zone and calendar days are counted, and how many lie before the run. */
import { Group, NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { calendarsQuery, nationalQuery } from "./api";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

interface Place {
  zone: string;
  calendar: string | null;
}

interface ZoneFieldsProps extends Place {
  text: { zone: string; calendar: string; calendarHint: string };
  zoneHint?: string;
  put: (changed: Partial<Place>) => void;
}

export function ZoneFields({ zone, calendar, text, zoneHint = " ", put }: ZoneFieldsProps) {
  return (
    <Group gap="md" grow align="flex-end">
      <Select
        label={text.zone}
        description={zoneHint}
        data={ZONES}
        searchable
        allowDeselect={false}
        value={zone}
        onChange={(chosen) => chosen && put({ zone: chosen })}
      />
      <Select
        label={text.calendar}
        description={text.calendarHint}
        data={useCalendars(calendar)}
        searchable
        clearable
        value={calendar}
        onChange={(chosen) => put({ calendar: chosen })}
      />
    </Group>
  );
}

interface DaysBeforeProps<Count extends string> {
  days: number;
  count: Count;
  text: {
    days: string;
    daysHint: string;
    count: string;
    counts: readonly { readonly value: Count; readonly label: string }[];
  };
  put: (changed: { days?: number; count?: Count }) => void;
}

/** T+n, in days of which kind. */
export function DaysBeforeFields<Count extends string>({ days, count, text, put }: DaysBeforeProps<Count>) {
  return (
    <Group gap="md" grow align="flex-end">
      <NumberInput
        label={text.days}
        description={text.daysHint}
        prefix="T+"
        min={0}
        max={366}
        value={days}
        onChange={(chosen) => typeof chosen === "number" && put({ days: chosen })}
      />
      <Select
        label={text.count}
        description={" "}
        data={text.counts}
        allowDeselect={false}
        value={count}
        onChange={(chosen) => chosen && put({ count: chosen as Count })}
      />
    </Group>
  );
}

/** Own calendars and national ones; the one that is chosen already stays a choice. */
function useCalendars(chosen: string | null) {
  const maySee = useMay("calendars:read");
  const national = useQuery({ ...nationalQuery(), enabled: maySee }).data?.items ?? [];
  const own = useQuery({ ...calendarsQuery({}), enabled: maySee }).data?.items ?? [];
  const calendars = [
    ...own.map((one) => ({ value: one.name, label: one.title || one.name })),
    ...national.map((one) => ({ value: one.code, label: `${one.code} – ${one.title}` })),
  ];
  if (chosen && !calendars.some((one) => one.value === chosen))
    calendars.unshift({ value: chosen, label: chosen });
  return calendars;
}
