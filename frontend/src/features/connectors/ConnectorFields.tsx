/** The form of a connector, made from the description of its kind. */
import { Accordion, Fieldset, Select, Stack, TextInput } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";
import { SettingsFields, type SettingsFieldsProps } from "@/forms/SettingsFields";
import { formMessages } from "@/forms/messages";
import type { SettingsField, SettingValues } from "@/forms/settingsFields";
import type { ConnectorKind } from "./api";
import { FilesFields } from "./FilesFields";
import { connectorMessages } from "./messages";
import { OdbcFields } from "./OdbcFields";
import { ORACLE_PLACE, OracleFields } from "./OracleFields";
import { SecretPlaceField } from "./SecretPlaceField";
import type { SignInValues } from "./signIn";
import { TunnelFields } from "./TunnelFields";

const text = connectorMessages.form;
/** What one needs in most cases; the rest stands behind "More settings". */
const FIRST = ["host", "port", "database", "ssl_mode"];

export type PlaceProps = SettingsFieldsProps;
interface Place {
  /** The fields of this part of the form. */
  names: string[];
  Fields: (props: PlaceProps) => ReactNode;
}
/** Kinds of server whose place is said in a way of their own. */
const PLACES: Record<string, Place> = { oracle: { names: ORACLE_PLACE, Fields: OracleFields } };

/** What has a part of the form of its own. */
const APART = ["tunnel", "driver"];

/** Kinds with a form of their own in the place of address and sign-in. */
const OWN_FIELDS: Record<string, ComponentType> = { files: FilesFields };

export interface ConnectorValues extends SignInValues {
  name: string;
  settings: SettingValues;
}

interface ConnectorFieldsProps {
  kinds: ConnectorKind[];
  kind: string;
  onKind?: (kind: string) => void;
  fields: SettingsField[];
  values: ConnectorValues;
  faults: Record<string, string>;
  onChange: (changes: Partial<ConnectorValues>) => void;
  /** Whether credentials are stored, so that they need not be given. */
  hasCredentials?: boolean;
  /** Whether the secret of a tunnel is among them. */
  hasTunnelSecret?: boolean;
}

export function ConnectorFields(props: ConnectorFieldsProps) {
  const { kinds, kind, onKind, values, faults, onChange } = props;
  const Own = OWN_FIELDS[kind];
  return (
    <Stack gap="md">
      <TextInput
        label={text.name}
        withAsterisk
        maxLength={200}
        value={values.name}
        error={faults["name"]}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      {onKind && kinds.length > 1 && (
        <Select
          label={text.kind}
          data={kinds.map((one) => ({ value: one.kind, label: connectorMessages.kindName(one.kind) }))}
          value={kind}
          onChange={(next) => next && onKind(next)}
        />
      )}
      {Own ? <Own /> : <ServerFields {...props} />}
    </Stack>
  );
}

function ServerFields(props: ConnectorFieldsProps) {
  const { kinds, kind, fields, values, faults, onChange } = props;
  const place = PLACES[kind] ?? { names: FIRST, Fields: SettingsFields };
  const parts = {
    values: values.settings,
    faults,
    labels: text.labels,
    hints: text.hints,
    onChange: (name: string, value: SettingValues[string]) =>
      onChange({ settings: { ...values.settings, [name]: value } }),
  };
  return (
    <>
      <Fieldset legend={text.where}>
        <Stack gap="sm">
          {kind === "odbc" ? (
            <OdbcFields
              drivers={kinds.find((one) => one.kind === kind)?.drivers ?? []}
              fields={fields.filter((field) => FIRST.includes(field.name))}
              values={values.settings}
              faults={faults}
              onChange={(settings) => onChange({ settings })}
            />
          ) : (
            <place.Fields {...parts} fields={fields.filter((field) => place.names.includes(field.name))} />
          )}
        </Stack>
      </Fieldset>
      <Fieldset legend={text.signIn}>
        <Credentials {...props} />
      </Fieldset>
      {fields.some((field) => field.name === "tunnel") && (
        <Fieldset legend={connectorMessages.tunnel.title}>
          <TunnelFields
            value={values.tunnel}
            faults={faults}
            isStored={props.hasTunnelSecret ?? false}
            onChange={(tunnel) => onChange({ tunnel })}
          />
        </Fieldset>
      )}
      <Accordion variant="contained">
        <Accordion.Item value="more">
          <Accordion.Control>{formMessages.more}</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="sm">
              <SettingsFields
                {...parts}
                fields={fields.filter((field) => ![...place.names, ...APART].includes(field.name))}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </>
  );
}

function Credentials({ values, faults, onChange, hasCredentials = false }: ConnectorFieldsProps) {
  const isReplacing = values.password.text !== "" || values.password.place !== "here";
  return (
    <Stack gap="sm">
      {(!hasCredentials || isReplacing) && (
        <TextInput
          label={text.username}
          withAsterisk
          autoComplete="off"
          value={values.username}
          error={faults["username"]}
          onChange={(event) => onChange({ username: event.currentTarget.value })}
        />
      )}
      <SecretPlaceField
        label={text.password}
        placeLabel={text.passwordPlace}
        hint={text.passwordHint}
        isStored={hasCredentials}
        value={values.password}
        fault={faults["password"]}
        onChange={(password) => onChange({ password })}
      />
    </Stack>
  );
}
