/** One field per declared parameter, of the declared type. */
import { Fieldset, Select, Stack, TextInput } from "@mantine/core";
import { runMessages } from "./messages";
import type { DeclaredParameter, TypedValue } from "./parameters";

interface ParameterFieldsProps {
  declared: DeclaredParameter[];
  values: Record<string, TypedValue>;
  faults: Record<string, string>;
  onChange: (name: string, value: TypedValue) => void;
}

const text = runMessages.start;
const INPUT_TYPES: Record<string, string> = { date: "date", timestamp: "datetime-local" };

export function ParameterFields({ declared, values, faults, onChange }: ParameterFieldsProps) {
  if (declared.length === 0) return null;
  return (
    <Fieldset legend={text.parameters}>
      <Stack gap="sm">
        {declared.map((parameter) => (
          <ParameterField
            key={parameter.name}
            parameter={parameter}
            value={values[parameter.name]}
            fault={faults[parameter.name]}
            onChange={(value) => onChange(parameter.name, value)}
          />
        ))}
      </Stack>
    </Fieldset>
  );
}

function ParameterField({
  parameter,
  value,
  fault,
  onChange,
}: {
  parameter: DeclaredParameter;
  value: TypedValue | undefined;
  fault: string | undefined;
  onChange: (value: TypedValue) => void;
}) {
  const isNeeded = parameter.isRequired && parameter.defaultValue === null;
  const common = {
    label: parameter.name,
    description: parameter.defaultValue === null ? parameter.type : text.default(parameter.defaultValue),
    withAsterisk: isNeeded,
    error: fault,
  };
  if (parameter.type === "boolean") {
    return (
      <Select
        {...common}
        clearable={!isNeeded}
        data={["true", "false"]}
        value={typeof value === "boolean" ? String(value) : null}
        onChange={(chosen) => onChange(chosen === null ? null : chosen === "true")}
      />
    );
  }
  return (
    <TextInput
      {...common}
      type={INPUT_TYPES[parameter.type] ?? "text"}
      inputMode={
        parameter.type === "integer" ? "numeric" : parameter.type === "decimal" ? "decimal" : undefined
      }
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
