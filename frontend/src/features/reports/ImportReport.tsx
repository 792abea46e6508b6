/** Import of an exported report: what would change is shown before anything is made. */
import { Button, FileInput, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { Callout, ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Difference } from "@/features/report-versions/Difference";
import { importReport, reportKeys, tryImport, type ReportImportAnswer } from "./api";
import { reportMessages } from "./messages";

const text = reportMessages.importing;

export function ImportReport({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="xl"
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Steps onClose={onClose} />
    </Modal>
  );
}

function Steps({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [content, setContent] = useState("");
  const look = useMutation({ mutationFn: tryImport });
  const make = useMutation({
    mutationFn: () => importReport(content),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: reportKeys.all });
      if (!made.version) return;
      showDone(text.done(made.report_name, made.version.number));
      onClose();
      const params = { reportId: made.version.report_id, versionId: made.version.id };
      await navigate({ to: "/reports/$reportId/versions/$versionId", params });
    },
  });

  async function choose(file: File | null) {
    if (!file) return;
    const chosen = await file.text();
    setContent(chosen);
    make.reset();
    look.mutate(chosen);
  }

  return (
    <Stack gap="md">
      <Text size="sm">{text.explain}</Text>
      <FileInput
        size="xs"
        label={text.file}
        placeholder={text.choose}
        accept=".yaml,.yml,application/yaml"
        clearable={false}
        onChange={(file) => void choose(file)}
      />
      {look.isPending && <Text role="status">{text.reading}</Text>}
      {look.isError && <ErrorState error={look.error} />}
      {look.data && <Preview found={look.data} />}
      {make.isError && <ErrorState error={make.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {uiMessages.cancel}
        </Button>
        <Button disabled={!look.data?.ok} loading={make.isPending} onClick={() => make.mutate()}>
          {text.make}
        </Button>
      </Group>
    </Stack>
  );
}

function Preview({ found }: { found: ReportImportAnswer }) {
  return (
    <Stack gap="md" aria-live="polite">
      <Title order={3}>{effect(found)}</Title>
      {found.pack_differs && <Callout tone="warning" title={text.packDiffers} />}
      {found.faults.length > 0 && (
        <Callout tone="failed" title={text.faults(found.faults.length)}>
          <ul>
            {found.faults.map((fault) => (
              <li key={`${fault.pointer} ${fault.detail}`}>
                {fault.file_line && <strong>{text.place(fault.file_line, fault.file_column)}: </strong>}
                {fault.detail} {fault.fix}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      {found.compared_with && <Difference diff={found.diff} />}
    </Stack>
  );
}

function effect(found: ReportImportAnswer): string {
  if (!found.report_id) return text.newReport(found.report_name, found.slug);
  if (!found.compared_with) return text.newVersionAlone(found.report_name);
  return text.newVersion(found.report_name, found.compared_with.number);
}
