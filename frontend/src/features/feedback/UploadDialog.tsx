/** A file that a regulator answered with, brought by hand. */
import { Button, FileInput, Group, Modal, Select, Stack } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { destinationsQuery } from "@/features/destinations/api";
import { feedbackKeys, uploadFeedback } from "./api";
import { feedbackMessages } from "./messages";

const text = feedbackMessages.dialog;

interface UploadDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

export function UploadDialog({ isOpen, onClose }: UploadDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={feedbackMessages.upload}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {isOpen && <Form onClose={onClose} />}
    </Modal>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [destinationId, setDestinationId] = useState<string | null>(null);
  const mayRead = useMay("destinations:read");
  const destinations = useQuery({ ...destinationsQuery({ limit: 200 }), enabled: mayRead }).data?.items ?? [];
  const [isTried, setIsTried] = useState(false);
  const uploading = useMutation({
    mutationFn: (chosen: File) => uploadFeedback(chosen, destinationId, crypto.randomUUID()),
    onSuccess: (received) => {
      void queries.invalidateQueries({ queryKey: feedbackKeys.all });
      showDone(received.is_new ? text.isNew : text.known);
      onClose();
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (file) uploading.mutate(file);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <FileInput
          label={text.file}
          description={text.hint}
          placeholder={text.choose}
          required
          clearable={false}
          value={file}
          error={isTried && !file ? text.fileMissing : undefined}
          onChange={setFile}
        />
        <Select
          label={text.destination}
          description={text.destinationHint}
          placeholder={text.noDestination}
          clearable
          searchable
          data={destinations.map((one) => ({ value: one.id, label: one.name }))}
          value={destinationId}
          onChange={setDestinationId}
        />
        {uploading.isError && <ErrorState error={uploading.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={uploading.isPending}>
            {text.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
