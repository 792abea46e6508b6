/** The further inputs of a report, and the SQL that joins them to its source. */
import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import type { ReportInput } from "./document";
import { useEditor } from "./EditorContext";
import { InputCard } from "./InputCard";
import { inputMessages as text } from "./inputMessages";
import { nameFault, renamed, without, type Inputs } from "./inputNames";
import { JoinEditor } from "./JoinEditor";

const NONE: Inputs = {};

export function InputsSection() {
  const { document, change } = useEditor();
  const inputs = document.inputs ?? NONE;
  const set = (next: (now: Inputs) => Inputs) => change((now) => ({ inputs: next(now.inputs ?? NONE) }));
  const update = (name: string, changes: Partial<ReportInput>) =>
    set((now) => {
      const known = now[name];
      return known ? { ...now, [name]: { ...known, ...changes } } : now;
    });
  return (
    <Stack gap="md" component="section" aria-label={text.title}>
      <div>
        <Title order={3}>{text.title}</Title>
        <Text c="dimmed">{text.hint}</Text>
      </div>
      {Object.entries(inputs).map(([name, input]) => (
        <InputCard
          key={name}
          name={name}
          input={input}
          onChange={(changes) => update(name, changes)}
          onRename={(to) => set((now) => renamed(now, name, to))}
          onRemove={() => set((now) => without(now, name))}
        />
      ))}
      <NewInput
        inputs={inputs}
        onAdd={(name) =>
          set((now) => ({
            ...now,
            [name]: { connector_id: document.source.connector_id, query: "", key: [], missing: "null" },
          }))
        }
      />
      {(Object.keys(inputs).length > 0 || document.join) && <JoinEditor inputs={inputs} />}
    </Stack>
  );
}

function NewInput({ inputs, onAdd }: { inputs: Inputs; onAdd: (name: string) => void }) {
  const [name, setName] = useState("");
  const fault = nameFault(name, inputs);
  return (
    <Group gap="sm" align="flex-start">
      <TextInput
        aria-label={text.addName}
        placeholder={text.addName}
        value={name}
        error={name && fault ? (fault === "taken" ? text.addTaken : text.addInvalid) : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        variant="default"
        disabled={fault !== null}
        onClick={() => {
          onAdd(name);
          setName("");
        }}
      >
        {text.add}
      </Button>
    </Group>
  );
}
