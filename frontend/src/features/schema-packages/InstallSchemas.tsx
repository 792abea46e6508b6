/** Installing schemas: a zip or an XSD is sent, read by the server, and kept or refused. */
import { Button, FileInput, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { installSchemas, schemaPackageKeys, schemaPackagesQuery } from "./api";
import { schemaPackageMessages } from "./messages";

const text = schemaPackageMessages.installing;

export function InstallSchemas({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Form onClose={onClose} />
    </Modal>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [stop, setStop] = useState(() => new AbortController());
  const install = useMutation({
    mutationFn: (chosen: File) => {
      const fresh = new AbortController();
      setStop(fresh);
      setSent(0);
      return installSchemas({ file: chosen, signal: fresh.signal, onProgress: setSent });
    },
    onSuccess: async (made) => {
      const known = queries.getQueryData(schemaPackagesQuery().queryKey)?.items ?? [];
      showDone(known.some((one) => one.id === made.id) ? text.already(made.name) : text.done(made.name));
      await queries.invalidateQueries({ queryKey: schemaPackageKeys.all });
      await navigate({ to: "/schema-packages/$packageId", params: { packageId: made.id } });
    },
  });
  const isStopped = install.isError && stop.signal.aborted;

  return (
    <Stack gap="md">
      <Text size="sm">{text.explain}</Text>
      <FileInput
        label={text.file}
        placeholder={text.choose}
        accept=".zip,.xsd,application/zip,application/xml"
        clearable
        value={file}
        onChange={(chosen) => {
          install.reset();
          setFile(chosen);
        }}
      />
      {install.isPending && <Progress value={100 * sent} aria-label={text.progress} />}
      {install.isPending && sent >= 1 && <Text role="status">{text.checking}</Text>}
      {install.isError && !isStopped && <ErrorState error={install.error} />}
      <Group justify="flex-end" gap="sm">
        {install.isPending ? (
          <Button variant="default" onClick={() => stop.abort()}>
            {text.stop}
          </Button>
        ) : (
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
        )}
        <Button disabled={!file} loading={install.isPending} onClick={() => file && install.mutate(file)}>
          {schemaPackageMessages.install}
        </Button>
      </Group>
    </Stack>
  );
}
