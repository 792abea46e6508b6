/** Values that each run is given. */
import { Button, Checkbox, Group, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { parameterTypes, type ReportParameter } from "./document";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { RemoveButton } from "./RemoveButton";

const text = editorMessages.source;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

export function ParametersTable() {
  const { document, changeSource } = useEditor();
  const { parameters } = document.source;
  const [name, setName] = useState("");
  const isUsable = NAME.test(name) && name !== "reporting_date" && !(name in parameters);

  function set(next: Record<string, ReportParameter>) {
    changeSource({ parameters: next });
  }

  return (
    <Stack gap="xs" component="section">
      <Title order={3}>{text.parameters}</Title>
      <Text c="dimmed">{text.parametersHint}</Text>
      {Object.keys(parameters).length > 0 && (
        <Table.ScrollContainer minWidth={520}>
          <Table aria-label={text.parameters}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{text.parameterName}</Table.Th>
                <Table.Th scope="col">{text.parameterType}</Table.Th>
                <Table.Th scope="col">{text.parameterDefault}</Table.Th>
                <Table.Th scope="col">{text.parameterRequired}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {Object.entries(parameters).map(([one, parameter]) => (
                <ParameterRow
                  key={one}
                  name={one}
                  parameter={parameter}
                  onChange={(changes) => set({ ...parameters, [one]: { ...parameter, ...changes } })}
                  onRemove={() =>
                    set(Object.fromEntries(Object.entries(parameters).filter(([other]) => other !== one)))
                  }
                />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group gap="sm" align="flex-start">
        <TextInput
          aria-label={text.parameterName}
          placeholder={text.parameterName}
          value={name}
          error={name && !isUsable ? text.parameterInvalid : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={!isUsable}
          onClick={() => {
            set({ ...parameters, [name]: { type: "text", required: false } });
            setName("");
          }}
        >
          {text.parameterAdd}
        </Button>
      </Group>
    </Stack>
  );
}

interface ParameterRowProps {
  name: string;
  parameter: ReportParameter;
  onChange: (changes: Partial<ReportParameter>) => void;
  onRemove: () => void;
}

function ParameterRow({ name, parameter, onChange, onRemove }: ParameterRowProps) {
  const value = parameter.default;
  return (
    <Table.Tr>
      <Table.Th scope="row" className="or-mono">
        {name}
      </Table.Th>
      <Table.Td>
        <Select
          aria-label={`${text.parameterType}: ${name}`}
          data={parameterTypes.map((type) => ({ value: type, label: text.types[type] }))}
          value={parameter.type}
          onChange={(type) => onChange({ type: parameterTypes.find((one) => one === type) ?? "text" })}
        />
      </Table.Td>
      <Table.Td>
        <TextInput
          aria-label={`${text.parameterDefault}: ${name}`}
          value={value === null || value === undefined ? "" : String(value)}
          onChange={(event) => onChange({ default: event.currentTarget.value || null })}
        />
      </Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`${text.parameterRequired}: ${name}`}
          checked={parameter.required}
          onChange={(event) => onChange({ required: event.currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td>
        <RemoveButton label={text.parameterRemove(name)} onClick={onRemove} />
      </Table.Td>
    </Table.Tr>
  );
}
