import { Button, Checkbox, Group, Modal, Stack, TagsInput, Text } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { publicationKeys, publish, type Publication, type PublicationKind } from "./api";
import { publicationMessages } from "./messages";

const text = publicationMessages.publish;

/** A thing that can be published: by its id, or the rules of a pack by the pack's. */
export interface Publishable {
  kind: PublicationKind;
  title: string;
  id: string | null;
  packId?: string | null;
  /** What was chosen when it was published before. */
  before?: Publication;
}

interface PublishDialogProps {
  thing: Publishable;
  isOpen: boolean;
  onClose: () => void;
}

export function PublishDialog({ thing, isOpen, onClose }: PublishDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={text.title(thing.title)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <PublishForm thing={thing} onClose={onClose} />
    </Modal>
  );
}

function PublishForm({ thing, onClose }: Omit<PublishDialogProps, "isOpen">) {
  const [isOutline, setIsOutline] = useState(thing.before?.detail === "outline");
  const [hasFiles, setHasFiles] = useState(thing.before?.includes_files ?? false);
  const [regimes, setRegimes] = useState<string[]>(thing.before?.regimes ?? []);
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const isReport = thing.kind === "report";
  const filesHint = isReport ? text.filesHint.report : thing.kind === "schema" && text.filesHint.schema;
  const save = useMutation({
    mutationFn: () =>
      publish(
        {
          kind: thing.kind,
          ...(thing.packId ? { pack_id: thing.packId } : { thing_id: thing.id }),
          regimes,
          includes_files: Boolean(filesHint) && hasFiles,
          ...(isReport ? { detail: isOutline ? "outline" : "whole" } : {}),
        },
        key,
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: publicationKeys.all });
      showDone(text.done(thing.title));
      onClose();
    },
  });
  const faults: Record<string, string> = isProblem(save.error) ? save.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{text.text}</Text>
        {isReport && (
          <Checkbox
            label={text.outline}
            description={text.outlineHint}
            checked={isOutline}
            onChange={(event) => setIsOutline(event.currentTarget.checked)}
          />
        )}
        {filesHint && (
          <Checkbox
            label={text.files}
            description={filesHint}
            checked={hasFiles}
            onChange={(event) => setHasFiles(event.currentTarget.checked)}
          />
        )}
        <TagsInput
          label={text.regimes}
          description={text.regimesHint}
          value={regimes}
          error={faults["regimes"]}
          onChange={setRegimes}
        />
        {save.isError && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {text.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
