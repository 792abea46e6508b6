/** Reporting days again: chosen, looked at day by day, then started. */
import { Button, Checkbox, Group, Modal, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { DateField, ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { reportVersionsQuery, startableReportsQuery } from "@/features/runs/api";
import { ParameterFields } from "@/features/runs/ParameterFields";
import { declaredParameters, readParameters, type TypedValue } from "@/features/runs/parameters";
import { againMessages as text } from "./againMessages";
import { AgainPreview } from "./AgainPreview";
import { entryKeys, previewAgain, startAgain, type AgainBody, type EntryDetail } from "./api";

interface AgainDialogProps {
  entry: EntryDetail;
  isOpen: boolean;
  onClose: () => void;
}

export function AgainDialog({ entry, isOpen, onClose }: AgainDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.dialog}
      size="xl"
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {isOpen && <Form entry={entry} onClose={onClose} />}
    </Modal>
  );
}

type Chosen = Omit<AgainBody, "report_id" | "parameters">;

function Form({ entry, onClose }: Omit<AgainDialogProps, "isOpen">) {
  const dates = entry.affected_days.map((one) => one.reporting_date).sort();
  const [report, setReport] = useState<string | null>(entry.reports[0]?.id ?? null);
  const [chosen, setChosen] = useState<Chosen>({
    first_date: dates[0] ?? entry.occurred_from,
    last_date: dates.at(-1) ?? entry.occurred_to ?? entry.occurred_from,
    on_standing: "correct",
    working_days_only: true,
    concurrency: 2,
  });
  const [values, setValues] = useState<Record<string, TypedValue>>({});
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [key, setKey] = useState(() => crypto.randomUUID());
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const versions = useQuery({ ...reportVersionsQuery(report ?? ""), enabled: report !== null }).data?.items;
  const declared = declaredParameters(versions?.find((one) => one.state === "active")?.document);
  const queries = useQueryClient();
  const preview = useMutation({ mutationFn: (body: AgainBody) => previewAgain(entry.id, body) });
  const start = useMutation({
    mutationFn: (body: AgainBody) => startAgain(entry.id, body, key),
    onSuccess: async () => {
      showDone(text.started);
      await queries.invalidateQueries({ queryKey: entryKeys.all });
      onClose();
    },
    onError: () => setKey(crypto.randomUUID()),
  });
  /** Anything else than what was looked at has to be looked at anew. */
  const put = (part: Partial<Chosen>) => {
    preview.reset();
    setChosen((before) => ({ ...before, ...part }));
  };

  function look() {
    const read = readParameters(declared, values);
    setFaults(read.faults);
    if (report && Object.keys(read.faults).length === 0)
      preview.mutate({ ...chosen, report_id: report, parameters: read.values });
  }

  const seen = preview.data?.items;
  const days = seen?.filter((one) => one.outcome !== "skip").length ?? 0;
  return (
    <Stack gap="md">
      <Select
        label={text.report}
        required
        searchable
        data={reports.map((one) => ({ value: one.id, label: one.name }))}
        value={report}
        onChange={(value) => {
          preview.reset();
          setReport(value);
          setValues({});
        }}
      />
      <Group grow align="start">
        <DateField
          label={text.first}
          required
          value={chosen.first_date}
          onChange={(first_date) => put({ first_date })}
        />
        <DateField
          label={text.last}
          required
          value={chosen.last_date}
          onChange={(last_date) => put({ last_date })}
        />
      </Group>
      <Select
        label={text.onStanding}
        allowDeselect={false}
        data={[
          { value: "correct", label: text.standing.correct },
          { value: "override", label: text.standing.override },
        ]}
        value={chosen.on_standing ?? "correct"}
        onChange={(value) => put({ on_standing: value === "override" ? "override" : "correct" })}
      />
      <Group grow align="start">
        <TextInput
          label={text.calendar}
          description={text.calendarHint}
          maxLength={63}
          value={chosen.calendar ?? ""}
          onChange={(event) => put({ calendar: event.currentTarget.value.trim() || null })}
        />
        <NumberInput
          label={text.concurrency}
          min={1}
          max={20}
          inputWrapperOrder={["label", "input"]}
          value={chosen.concurrency ?? 2}
          onChange={(value) => typeof value === "number" && put({ concurrency: value })}
        />
      </Group>
      <Checkbox
        label={text.workingDays}
        checked={chosen.working_days_only ?? true}
        onChange={(event) => put({ working_days_only: event.currentTarget.checked })}
      />
      <ParameterFields
        declared={declared}
        values={values}
        faults={faults}
        onChange={(name, value) => {
          preview.reset();
          setValues((before) => ({ ...before, [name]: value }));
        }}
      />
      {preview.isError && <ErrorState error={preview.error} />}
      {seen && <AgainPreview days={seen} />}
      {start.isError && <ErrorState error={start.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" disabled={report === null} loading={preview.isPending} onClick={look}>
          {text.preview}
        </Button>
        <Button
          disabled={days === 0}
          loading={start.isPending}
          onClick={() => preview.variables && start.mutate(preview.variables)}
        >
          {text.start(days)}
        </Button>
      </Group>
    </Stack>
  );
}
