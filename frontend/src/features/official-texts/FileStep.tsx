/** Which file, of which regime, under which title. */
import { Button, FileInput, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { ErrorState, Panel } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { packsQuery } from "@/features/reports/api";
import { readList } from "./api";
import { bringMessages } from "./messages";
import { mappingOf, type Chosen } from "./wizard";

const text = bringMessages.file;

interface FileStepProps {
  chosen: Chosen | null;
  onRead: (chosen: Chosen) => void;
}

export function FileStep({ chosen, onRead }: FileStepProps) {
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const [asked, setPack] = useState<string | null>(chosen?.packId ?? null);
  const [title, setTitle] = useState(chosen?.title ?? "");
  const [file, setFile] = useState<File | null>(chosen?.file ?? null);
  // With one regime there is nothing to choose.
  const pack = asked ?? (packs.length === 1 ? (packs[0]?.id ?? null) : null);
  const read = useMutation({
    mutationFn: (wanted: File) => readList(wanted, null),
    onSuccess: (shape, wanted) =>
      onRead({
        packId: pack ?? "",
        title: title.trim(),
        file: wanted,
        shape,
        mapping: mappingOf(shape, shape.sheets[0] ?? null),
      }),
  });
  const isComplete = pack !== null && title.trim() !== "" && file !== null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isComplete) read.mutate(file);
  }

  return (
    <Panel title={bringMessages.steps.file}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={560}>
          <Text c="dimmed">{text.hint}</Text>
          <Select
            label={text.regime}
            required
            data={packs.map((one) => ({ value: one.id, label: one.title }))}
            value={pack}
            onChange={setPack}
          />
          <TextInput
            label={text.title}
            description={text.titleHint}
            required
            maxLength={200}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <FileInput label={text.file} required clearable value={file} onChange={setFile} />
          {read.isError && <ErrorState error={read.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={read.isPending} disabled={!isComplete}>
              {text.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
