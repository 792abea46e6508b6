/** Making a dataset or a mapping set, without entries yet. */
import { Button, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, Panel, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { createDataset, createMappingSet, datasetKeys, type Dataset, type Noun } from "./api";
import { datasetMessages } from "./messages";

const text = datasetMessages.form;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const TYPES = ["text", "integer", "decimal", "boolean", "date"] as const;
type ColumnType = (typeof TYPES)[number];

interface NewColumn {
  name: string;
  type: ColumnType;
}

export function NewDataset({ noun }: { noun: Noun }) {
  const words = datasetMessages.of(noun);
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [missing, setMissing] = useState<Dataset["missing"]>("null");
  const [days, setDays] = useState<number | string>("");
  const [columns, setColumns] = useState<NewColumn[]>([{ name: "", type: "text" }]);
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => {
      const body = {
        name,
        title,
        missing,
        description: "",
        key_title: "",
        stale_after_days: typeof days === "number" ? days : null,
      };
      const named = columns.map((one) => ({ ...one, title: "" }));
      return noun === "datasets"
        ? createDataset({ ...body, columns: named }, key)
        : createMappingSet(body, key);
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: datasetKeys.all(noun) });
      showDone(words.created);
      void navigate({ to: `/${noun}/$datasetId`, params: { datasetId: made.id } });
    },
  });
  const isComplete =
    NAME.test(name) && (noun === "mapping-sets" || columns.every((one) => NAME.test(one.name)));
  const faults = isProblem(create.error) ? create.error.fieldMessages() : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isComplete) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={720}>
        <div>
          <AppLink to={`/${noun}`} search={{}} size="sm">
            {words.title}
          </AppLink>
          <PageHeader title={words.newTitle} />
        </div>
        <TextInput
          label={text.name}
          description={text.nameHint}
          withAsterisk
          value={name}
          error={name !== "" && !NAME.test(name) ? text.nameWrong : faults["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={text.title}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        {noun === "datasets" && <Columns columns={columns} onChange={setColumns} />}
        <Select
          label={text.missing}
          data={Object.entries(datasetMessages.missing).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={missing}
          onChange={(next) => next && setMissing(next as Dataset["missing"])}
        />
        <NumberInput label={text.stale} min={1} max={3650} value={days} onChange={setDays} />
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to={`/${noun}`} search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" disabled={!isComplete} loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ColumnsProps {
  columns: NewColumn[];
  onChange: (columns: NewColumn[]) => void;
}

function Columns({ columns, onChange }: ColumnsProps) {
  const change = (index: number, changes: Partial<NewColumn>) =>
    onChange(columns.map((one, place) => (place === index ? { ...one, ...changes } : one)));
  return (
    <Panel title={text.columns}>
      <Stack gap="xs">
        {columns.map((one, index) => (
          <Group key={index} gap="sm" align="flex-start">
            <TextInput
              aria-label={text.columnName(index + 1)}
              placeholder={text.column}
              value={one.name}
              error={one.name !== "" && !NAME.test(one.name) ? text.nameWrong : undefined}
              onChange={(event) => change(index, { name: event.currentTarget.value })}
            />
            <Select
              aria-label={text.type(one.name)}
              data={[...TYPES]}
              allowDeselect={false}
              value={one.type}
              onChange={(next) => next && change(index, { type: next as ColumnType })}
            />
            {columns.length > 1 && (
              <Button
                variant="default"
                aria-label={text.removeColumn(index + 1)}
                onClick={() => onChange(columns.filter((_, place) => place !== index))}
              >
                {"×"}
              </Button>
            )}
          </Group>
        ))}
        <Group>
          <Button
            variant="default"
            size="xs"
            onClick={() => onChange([...columns, { name: "", type: "text" }])}
          >
            {text.addColumn}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
