/** One parameter of a call as a field, by what the description says of it. */
import { Select, TagsInput, TextInput } from "@mantine/core";
import { DateField } from "@openreg/ui";
import { referenceMessages as text } from "./messages";
import { resolved, type OpenApi, type Parameter } from "./openapi";

interface ParameterFieldProps {
  parameter: Parameter;
  document: OpenApi;
  value: string | string[] | undefined;
  fault: string | undefined;
  onChange: (value: string | string[]) => void;
}

export function ParameterField({ parameter, document, value, fault, onChange }: ParameterFieldProps) {
  const schema = resolved(parameter.schema, document);
  const isList = schema.type === "array";
  const one = isList ? resolved(schema.items, document) : schema;
  const choices = one.enum?.map(String) ?? (one.type === "boolean" ? ["true", "false"] : undefined);
  const about = parameter.description ?? schema.description;
  const common = {
    label: parameter.name,
    description: isList && !choices ? [about, text.several].filter(Boolean).join(" ") : about,
    withAsterisk: parameter.required ?? false,
    error: fault,
  };
  const asText = typeof value === "string" ? value : "";
  if (isList) {
    const several = Array.isArray(value) ? value : [];
    return (
      <TagsInput {...common} data={choices ?? []} value={several} onChange={onChange} acceptValueOnBlur />
    );
  }
  if (choices)
    return (
      <Select
        {...common}
        data={choices}
        clearable
        allowDeselect
        value={asText || null}
        onChange={(chosen) => onChange(chosen ?? "")}
      />
    );
  if (one.format === "date") return <DateField {...common} value={asText} onChange={onChange} />;
  return (
    <TextInput
      {...common}
      inputMode={one.type === "integer" ? "numeric" : undefined}
      placeholder={placeholderOf(one.examples?.[0] ?? one.default)}
      value={asText}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function placeholderOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
