/** Start a run by hand: which report, which day, and values for the parameters that its version declares. */
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { DateField, ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { reportVersionsQuery, runKeys, startableReportsQuery, startRun } from "./api";
import { runMessages } from "./messages";
import { ParameterFields } from "./ParameterFields";
import { declaredParameters, lastWorkday, readParameters, type TypedValue } from "./parameters";

interface StartRunDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** The report, where it is known already. */
  reportId?: string;
}

const text = runMessages.start;

export function StartRunDialog({ isOpen, onClose, reportId }: StartRunDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <StartForm onClose={onClose} {...(reportId ? { reportId } : {})} />
    </Modal>
  );
}

function StartForm({ onClose, reportId: given }: Omit<StartRunDialogProps, "isOpen">) {
  const [reportId, setReportId] = useState<string | null>(given ?? null);
  const [date, setDate] = useState(lastWorkday(new Date()));
  const [values, setValues] = useState<Record<string, TypedValue>>({});
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const reports = useQuery({ ...startableReportsQuery(), enabled: given === undefined });
  const versions = useQuery({ ...reportVersionsQuery(reportId ?? ""), enabled: reportId !== null });
  const version = versions.data?.items.find((one) => one.state === "active");
  const declared = declaredParameters(version?.document);

  const start = useMutation({
    mutationFn: (parameters: Record<string, TypedValue>) =>
      startRun(reportId ?? "", { reporting_date: date, parameters }, key),
    onSuccess: (run) => {
      void queries.invalidateQueries({ queryKey: runKeys.all });
      showDone(text.started);
      onClose();
      void navigate({ to: "/runs/$runId", params: { runId: run.id } });
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = readParameters(declared, values);
    setFaults(read.faults);
    if (Object.keys(read.faults).length === 0) start.mutate(read.values);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {given === undefined && (
          <Select
            data-autofocus
            openOnFocus={false}
            label={text.report}
            description={text.reportHint}
            placeholder={reports.data?.items.length === 0 ? text.noReports : undefined}
            searchable
            required
            data={(reports.data?.items ?? []).map((report) => ({ value: report.id, label: report.name }))}
            value={reportId}
            onChange={setReportId}
          />
        )}
        <DateField label={text.date} required value={date} onChange={setDate} />
        <ParameterFields
          declared={declared}
          values={values}
          faults={faults}
          onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))}
        />
        {version && (
          <Text size="xs" c="dimmed">
            {text.version(version.number)}
          </Text>
        )}
        {versions.isError && <ErrorState error={versions.error} />}
        {start.isError && <ErrorState error={start.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={start.isPending} disabled={reportId === null || date === ""}>
            {text.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
