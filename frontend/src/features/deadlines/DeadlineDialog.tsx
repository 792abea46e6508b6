/** The deadline of one report: chosen, then set or changed. */
import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { DateField, ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { startableReportsQuery } from "@/features/runs/api";
import { deadlineKeys, deadlinesQuery, saveDeadline, type DeadlineBody } from "./api";
import { deadlineMessages } from "./messages";

const text = deadlineMessages.form;

interface DeadlineDialogProps {
  reportId: string | undefined;
  onClose: () => void;
}

function fresh(): DeadlineBody {
  return {
    calendar: "TARGET",
    working_days: 1,
    local_time: "23:59:00",
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    warning_minutes: 240,
    met_by: "handed_over",
    since: new Date().toISOString().slice(0, 10),
    is_active: true,
  };
}

export function DeadlineDialog({ reportId, onClose }: DeadlineDialogProps) {
  const queries = useQueryClient();
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const known = useQuery(deadlinesQuery()).data?.items ?? [];
  const [report, setReport] = useState(reportId ?? null);
  const [changes, setChanges] = useState<Partial<DeadlineBody>>({});
  const [key, setKey] = useState(() => crypto.randomUUID());
  const current = known.find((one) => one.report_id === report);
  const body: DeadlineBody = { ...fresh(), ...(current ? bodyOf(current) : {}), ...changes };
  const set = (part: Partial<DeadlineBody>) => setChanges((before) => ({ ...before, ...part }));
  const saving = useMutation({
    mutationFn: () => saveDeadline(current, report ?? "", body, key),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: deadlineKeys.all });
      showDone(text.saved);
      onClose();
    },
    onError: () => setKey(crypto.randomUUID()),
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (report) saving.mutate();
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Select
            label={text.report}
            withAsterisk
            searchable
            data={reports.map((one) => ({ value: one.id, label: one.name }))}
            value={report}
            onChange={setReport}
          />
          {current && <Text size="sm">{text.current}</Text>}
          <TextInput
            label={text.calendar}
            description={text.calendarHint}
            value={body.calendar}
            onChange={(event) => set({ calendar: event.currentTarget.value })}
          />
          <TextInput
            label={text.zone}
            description={text.zoneHint}
            value={body.time_zone}
            onChange={(event) => set({ time_zone: event.currentTarget.value })}
          />
          <Group grow align="end">
            <NumberInput
              label={text.days}
              min={0}
              max={60}
              value={body.working_days ?? 1}
              onChange={(value) => set({ working_days: Number(value) })}
            />
            <TextInput
              type="time"
              label={text.time}
              value={(body.local_time ?? "").slice(0, 5)}
              onChange={(event) => set({ local_time: `${event.currentTarget.value}:00` })}
            />
          </Group>
          <Group grow align="end">
            <NumberInput
              label={text.warning}
              min={0}
              max={14_400}
              value={body.warning_minutes ?? 240}
              onChange={(value) => set({ warning_minutes: Number(value) })}
            />
            <Select
              label={text.metBy}
              data={text.metByChoices}
              allowDeselect={false}
              value={body.met_by ?? "handed_over"}
              onChange={(value) => set({ met_by: value === "run" ? "run" : "handed_over" })}
            />
          </Group>
          <DateField label={text.since} required value={body.since} onChange={(since) => set({ since })} />
          {saving.isError && <ErrorState error={saving.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {uiMessages.cancel}
            </Button>
            <Button type="submit" disabled={!report} loading={saving.isPending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function bodyOf(one: DeadlineBody): DeadlineBody {
  const { calendar, working_days, local_time, time_zone, warning_minutes, met_by, since, is_active } = one;
  return { calendar, working_days, local_time, time_zone, warning_minutes, met_by, since, is_active };
}
