/** Name and short name of a report that is to be made, anew or as a copy. */
import { Button, Group, Modal, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { ErrorState, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { cloneReport, createReport, reportKeys, type Report } from "./api";
import { reportMessages } from "./messages";
import { slugOf } from "./slug";

const text = reportMessages.form;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

interface ReportFormProps {
  isOpen: boolean;
  onClose: () => void;
  onMade: (report: Report) => void;
  /** The report that is copied; without it a new one is made. */
  copied?: Report;
}

export function ReportForm(props: ReportFormProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.copied ? text.cloneTitle(props.copied.name) : text.newTitle}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({ copied, onClose, onMade }: ReportFormProps) {
  const queries = useQueryClient();
  const [key] = useState(() => crypto.randomUUID());
  const [name, setName] = useState(copied ? `${copied.name} (copy)` : "");
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const [description, setDescription] = useState("");
  const [isTried, setIsTried] = useState(false);
  const slug = ownSlug ?? slugOf(name);
  const make = useMutation({
    mutationFn: () => {
      const named = { name: name.trim(), slug };
      return copied
        ? cloneReport(copied.id, named, key)
        : createReport({ ...named, description, tags: [] }, key);
    },
    onSuccess: (report) => {
      void queries.invalidateQueries({ queryKey: reportKeys.all });
      onMade(report);
    },
  });
  const isTaken = isProblem(make.error, "report_slug_taken");

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    if (name.trim() && SLUG.test(slug)) make.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {copied && <Text size="sm">{text.cloneEffect}</Text>}
        <TextInput
          label={text.name}
          description={text.nameHint}
          required
          data-autofocus
          maxLength={200}
          value={name}
          error={isTried && !name.trim() ? text.nameMissing : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={text.slug}
          description={text.slugHint}
          required
          maxLength={63}
          value={slug}
          error={isTaken ? make.error?.message : isTried && !SLUG.test(slug) ? text.slugInvalid : undefined}
          onChange={(event) => {
            setOwnSlug(event.currentTarget.value || null);
            make.reset();
          }}
        />
        {!copied && (
          <Textarea
            label={text.description}
            description={text.descriptionHint}
            autosize
            minRows={2}
            maxLength={5000}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        )}
        {make.isError && !isTaken && <ErrorState error={make.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {copied ? text.copy : text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
