/** One input per field of a declared description. */
import { NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { formMessages as text } from "./messages";
import type { SettingsField, SettingValue, SettingValues } from "./settingsFields";

export interface SettingsFieldsProps {
  fields: SettingsField[];
  values: SettingValues;
  faults: Record<string, string>;
  labels: Record<string, string>;
  hints?: Record<string, string>;
  onChange: (name: string, value: SettingValue) => void;
}

export function SettingsFields({ fields, labels, hints = {}, ...props }: SettingsFieldsProps) {
  return fields.map((field) => (
    <OneField
      key={field.name}
      field={field}
      label={labels[field.name] ?? field.name}
      hint={hints[field.name]}
      value={props.values[field.name]}
      fault={props.faults[field.name]}
      onChange={(value) => props.onChange(field.name, value)}
    />
  ));
}

interface OneFieldProps {
  field: SettingsField;
  label: string;
  hint: string | undefined;
  value: SettingValue | undefined;
  fault: string | undefined;
  onChange: (value: SettingValue) => void;
}

function OneField({ field, label, hint, value, fault, onChange }: OneFieldProps) {
  const common = { label, description: hint, error: fault, withAsterisk: field.isRequired };
  const placeholder = field.defaultValue === null ? undefined : text.default(String(field.defaultValue));
  const asText = typeof value === "string" || typeof value === "number" ? String(value) : "";
  switch (field.type) {
    case "integer":
      return (
        <NumberInput
          {...common}
          placeholder={placeholder}
          allowDecimal={false}
          hideControls
          min={field.min}
          max={field.max}
          value={asText}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          data={(field.options ?? []).map((option) => ({ value: option, label: text.option(option) }))}
          value={asText || (field.defaultValue === null ? null : String(field.defaultValue))}
          onChange={onChange}
        />
      );
    case "switch":
      return (
        <Switch
          label={label}
          description={hint}
          error={fault}
          checked={typeof value === "boolean" ? value : field.defaultValue === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "list":
      return (
        <TagsInput
          {...common}
          value={Array.isArray(value) ? value : []}
          onChange={onChange}
          splitChars={[","]}
        />
      );
    case "long_text":
      return (
        <Textarea
          {...common}
          autosize
          minRows={3}
          maxRows={10}
          spellCheck={false}
          value={asText}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "text":
      return (
        <TextInput
          {...common}
          placeholder={placeholder}
          value={asText}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
