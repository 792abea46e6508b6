/** Where a source behind ODBC is: the driver decides what is asked, and how far the way can be trusted. */
import { Alert, Select, Text } from "@mantine/core";
import { SettingsFields } from "@/forms/SettingsFields";
import type { SettingsField, SettingValues } from "@/forms/settingsFields";
import type { ConnectorKind } from "./api";
import { connectorMessages } from "./messages";

const text = connectorMessages.odbc;
/** A file stands on no server. */
const OF_A_SERVER = ["host", "port", "ssl_mode"];

type Driver = ConnectorKind["drivers"][number];

interface OdbcFieldsProps {
  drivers: Driver[];
  /** What is asked beside the driver. */
  fields: SettingsField[];
  values: SettingValues;
  faults: Record<string, string>;
  onChange: (values: SettingValues) => void;
}

export function OdbcFields({ drivers, fields, values, faults, onChange }: OdbcFieldsProps) {
  const chosen = drivers.find((one) => one.name === values["driver"]);
  const choose = (name: string | null) => {
    const driver = drivers.find((one) => one.name === name);
    onChange({ ...values, driver: name, ssl_mode: driver?.ssl_modes.at(-1) ?? null });
  };
  return (
    <>
      <Select
        label={connectorMessages.form.labels["driver"]}
        withAsterisk
        placeholder={text.choose}
        data={drivers.map((one) => ({ value: one.name, label: text.option(one.name, one.is_installed) }))}
        value={typeof values["driver"] === "string" ? values["driver"] : null}
        error={faults["driver"]}
        onChange={choose}
      />
      {chosen && <Text size="sm">{text.hint(chosen.title, chosen.hint)}</Text>}
      {chosen && !chosen.is_installed && (
        <Alert color="yellow" title={text.missingTitle(chosen.name)}>
          {text.missing(chosen.install)}
        </Alert>
      )}
      {chosen && (
        <SettingsFields
          fields={fields
            .filter((field) => !(chosen.is_file && OF_A_SERVER.includes(field.name)))
            .map((field) => fitted(field, chosen))}
          values={values}
          faults={faults}
          labels={
            chosen.is_file
              ? { ...connectorMessages.form.labels, database: text.file }
              : connectorMessages.form.labels
          }
          hints={chosen.is_file ? { database: text.fileHint } : {}}
          onChange={(name, value) => onChange({ ...values, [name]: value })}
        />
      )}
    </>
  );
}

/** A field as it is with this driver. */
function fitted(field: SettingsField, driver: Driver): SettingsField {
  if (field.name === "host") return { ...field, isRequired: true, defaultValue: null };
  if (field.name === "port") return { ...field, defaultValue: driver.default_port };
  if (field.name === "ssl_mode") return { ...field, options: driver.ssl_modes };
  return field;
}
